// segment_test.cpp -- frames, borders and the other side of the sheet, each in a small drawn picture; connected pieces.
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "components.h"
#include "drawn_digits.h"
#include "transpose.h"

namespace chiffre {
namespace {
using namespace test;

TEST(SegmentBorder, DigitsCutAtTheBorderStay) {
    cv::Mat wide = page(520, 200);
    for (int i = 0; i < 6; ++i) write(wide, (2 + 3 * i) % 10, {20 + 80 * i, 150}, 100);
    const Marks marks = segment(binarize(wide(cv::Rect(25, 48, 480, 103))));
    EXPECT_EQ(marks.marks.size(), 6u);
}

TEST(SegmentBorder, FewDigitsAsHighAsThePictureStay) {
    cv::Mat wide = page(800, 400);
    for (int i = 0; i < 3; ++i) write(wide, 4 + i, {60 + 230 * i, 330}, 250);
    const Marks marks = segment(binarize(wide(cv::Rect(40, 78, 720, 254))));
    EXPECT_EQ(marks.marks.size(), 3u);
}

TEST(SegmentBorder, BoldSceneryGoes) {
    cv::Mat picture = page(640, 320);
    for (int i = 0; i < 6; ++i) write(picture, (2 + 3 * i) % 10, {160 + 70 * i, 180}, 40);
    cv::ellipse(picture, {0, 120}, {24, 20}, 0, 0, 360, cv::Scalar(kPen), -1);  // a thumb at the edge
    const Marks marks = segment(binarize(picture));
    EXPECT_EQ(marks.marks.size(), 6u);
}

TEST(SegmentFrame, LargeDigitWithSpecksInItIsNoFrame) {
    cv::Mat picture = page(640, 480);
    cv::ellipse(picture, {320, 240}, {90, 130}, 0, 0, 360, cv::Scalar(kPen), 22);
    for (const cv::Point& at : Points{{290, 200}, {340, 220}, {300, 270}, {345, 290}, {320, 240}})
        cv::rectangle(picture, {at.x, at.y, 6, 14}, cv::Scalar(kPen), -1);
    const Marks marks = segment(binarize(picture));
    EXPECT_TRUE(std::any_of(marks.marks.begin(), marks.marks.end(),
                            [](const Mark& mark) { return mark.box.height > 250 && mark.box.width > 180; }));
}

// A second row, whose ink takes less light than the first one's, blurred by `blur_px` where that is not 0, on grainy
// paper as a camera sees it.
cv::Mat two_rows(int second_pen, double blur_px) {
    cv::Mat picture = rows_of_digits(600, 120, {40, 80}, {60, 0}, 8, 1);
    cv::Mat second = page(600, 120);
    for (int i = 0; i < 8; ++i)
        cv::putText(second, std::to_string(9 - i), {40 + 60 * i, 80}, cv::FONT_HERSHEY_SIMPLEX, 1.9,
                    cv::Scalar(second_pen), 4, cv::LINE_AA);
    if (blur_px > 0) cv::GaussianBlur(second, second, {}, blur_px);
    cv::vconcat(picture, second, picture);
    cv::GaussianBlur(picture, picture, {}, 0.8);
    cv::Mat noise(picture.size(), CV_16SC1);
    cv::RNG(3).fill(noise, cv::RNG::NORMAL, 0, 2);
    cv::add(picture, noise, picture, {}, CV_8U);
    return picture;
}

std::ptrdiff_t marks_below(const Marks& marks, int y) {
    return std::count_if(marks.marks.begin(), marks.marks.end(), [&](const Mark& mark) { return mark.box.y > y; });
}

TEST(SegmentBleed, PalerPenStays) {
    for (const int paler : {kPaper - 80, kPaper - 65, kPaper - 50}) {  // the first takes 160
        const Marks marks = segment(binarize(two_rows(paler, 0)));
        EXPECT_EQ(marks.marks.size(), 16u) << paler;
        EXPECT_EQ(marks_below(marks, 120), 8) << paler;
    }
}

TEST(SegmentBleed, SoftWritingOfTheOtherSideGoes) {
    for (const int through : {kPaper - 75, kPaper - 60}) {
        cv::Mat picture = two_rows(through, 2.2);
        const Marks marks = segment(binarize(picture));
        EXPECT_EQ(marks.marks.size(), 8u) << through;
        EXPECT_EQ(marks_below(marks, 120), 0) << through;
    }
}

TEST(SegmentBleed, SoftWritingAloneStays) {
    cv::Mat picture = two_rows(kPaper - 60, 2.2).rowRange(120, 240).clone();
    EXPECT_EQ(segment(binarize(picture)).marks.size(), 8u);
}

TEST(Components, StrokeOfBarAndRing) {
    cv::Mat mask = cv::Mat::zeros(200, 200, CV_8UC1), labels;
    cv::rectangle(mask, {10, 10, 6, 90}, cv::Scalar(255), -1);
    cv::rectangle(mask, {60, 20, 90, 90}, cv::Scalar(255), -1);
    cv::rectangle(mask, {68, 28, 74, 74}, cv::Scalar(0), -1);
    const std::vector<Component> all = components(mask, labels);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_NEAR(stroke_px(all[0], labels), 2.0 * 6 * 90 / (2 * 6 + 2 * 90), 1e-9);
    EXPECT_NEAR(stroke_px(all[1], labels), 8, 1e-9);
}

// A picture of noise: each pixel is ink with this probability.
cv::Mat noise(cv::Size size, double ink, cv::RNG& random) {
    cv::Mat values(size, CV_32FC1);
    random.fill(values, cv::RNG::UNIFORM, 0, 1);
    return values < ink;
}

TEST(Components, AreThoseOfOpenCV) {
    cv::RNG random(1);
    for (const cv::Size size : {cv::Size(1, 1), {1, 40}, {40, 1}, {7, 9}, {64, 48}, {203, 101}})
        for (const double ink : {0.0, 0.05, 0.3, 0.45, 0.6, 0.95, 1.0}) {
            SCOPED_TRACE(std::to_string(size.width) + "x" + std::to_string(size.height) + ", " + std::to_string(ink));
            const cv::Mat mask = noise(size, ink, random);
            cv::Mat labels, theirs, stats, centres;
            const std::vector<Component> all = components(mask, labels);
            ASSERT_EQ(cv::connectedComponentsWithStats(mask, theirs, stats, centres, 8, CV_32S),
                      static_cast<int>(all.size()) + 1);
            for (std::size_t i = 0; i < all.size(); ++i) {
                const Component& c = all[i];
                ASSERT_EQ(c.label, static_cast<int>(i) + 1);
                const cv::Mat own = labels == c.label;
                int label = 0;  // of theirs
                for (int x = c.box.x; label == 0 && x < c.box.br().x; ++x)
                    if (own.at<std::uint8_t>(c.box.y, x)) label = theirs.at<int>(c.box.y, x);
                ASSERT_EQ(cv::countNonZero(own != (theirs == label)), 0);
                const auto stat = [&](int which) { return stats.at<int>(label, which); };
                ASSERT_EQ(c.box, cv::Rect(stat(cv::CC_STAT_LEFT), stat(cv::CC_STAT_TOP), stat(cv::CC_STAT_WIDTH),
                                          stat(cv::CC_STAT_HEIGHT)));
                ASSERT_EQ(c.area, stat(cv::CC_STAT_AREA));
                ASSERT_NEAR(static_cast<double>(c.form.x) / c.area, centres.at<double>(label, 0), 1e-9);
                ASSERT_NEAR(static_cast<double>(c.form.y) / c.area, centres.at<double>(label, 1), 1e-9);
                Component unmeasured = c;
                unmeasured.form = {};
                ASSERT_EQ(form_of(unmeasured, labels).outline, c.form.outline);
            }
        }
}

// Pictures with and without whole blocks, also a part of a wider one.
TEST(Transposed, IsAsOpenCvHasIt) {
    cv::Mat noise(100, 150, CV_8UC1);
    cv::randu(noise, 0, 256);
    for (const cv::Size size : {cv::Size(150, 100), {64, 8}, {72, 17}, {65, 9}, {7, 40}, {1, 1}, {0, 0}}) {
        const cv::Mat picture = noise(cv::Rect({0, 0}, size));
        cv::Mat expected;
        if (!picture.empty()) cv::transpose(picture, expected);
        const cv::Mat result = transposed(picture);
        ASSERT_EQ(result.size(), expected.size());
        const int different = picture.empty() ? 0 : cv::countNonZero(result != expected);
        EXPECT_EQ(different, 0) << size;
    }
}

}  // namespace
}  // namespace chiffre
