// stages_test.cpp -- binarize, segment, order and normalize on pictures drawn here, whose truth is known.
#include "stages.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "disc.h"
#include "mnist_digits.h"

namespace chiffre {
namespace {

constexpr int kPaper = 200, kPen = 60;

cv::Mat page(int width, int height, int paper = kPaper) {
    return cv::Mat(height, width, CV_8UC1, cv::Scalar(paper));
}

// Draws one digit about `height` px high with its left end at x and its foot at y.
void write(cv::Mat& picture, const std::string& text, int x, int y, int height = 40, int pen = kPen) {
    cv::putText(picture, text, {x, y}, cv::FONT_HERSHEY_SIMPLEX, height / 21.0, cv::Scalar(pen),
                std::max(2, height / 10), cv::LINE_AA);
}

double share_of_ink(const cv::Mat& mask) {
    return static_cast<double>(cv::countNonZero(mask)) / static_cast<double>(mask.total());
}

// Intersection over union of two masks.
double overlap(const cv::Mat& a, const cv::Mat& b) {
    return static_cast<double>(cv::countNonZero(a & b)) / std::max(1, cv::countNonZero(a | b));
}

cv::Mat digits_page() {
    cv::Mat picture = page(640, 480);
    write(picture, "3", 100, 150);
    write(picture, "8", 200, 150);
    write(picture, "2", 300, 150);
    write(picture, "5", 120, 300);
    return picture;
}

TEST(Binarize, DarkInkOnLightPaper) {
    const cv::Mat picture = digits_page();
    const Ink ink = binarize(picture);
    EXPECT_FALSE(ink.light_on_dark);
    EXPECT_GT(overlap(ink.mask, picture < (kPaper + kPen) / 2), 0.95);
}

TEST(Binarize, LightInkOnDarkPaperIsTheSamePicture) {
    const cv::Mat picture = digits_page();
    const Ink ink = binarize(255 - picture);
    EXPECT_TRUE(ink.light_on_dark);
    EXPECT_GT(overlap(ink.mask, picture < (kPaper + kPen) / 2), 0.95);
}

TEST(Binarize, UnevenLightMakesNoInk) {
    cv::Mat picture = digits_page();
    const cv::Mat truth = picture < (kPaper + kPen) / 2;
    cv::Mat light(picture.size(), CV_32FC1);
    for (int y = 0; y < picture.rows; ++y)
        for (int x = 0; x < picture.cols; ++x) {
            const double slope = 0.35 + 0.65 * x / picture.cols;  // three times brighter on the right
            const double shadow = y > 200 + x / 4 ? 0.55 : 1.0;   // and a hand's shadow across
            light.at<float>(y, x) = static_cast<float>(slope * shadow);
        }
    cv::GaussianBlur(light, light, {}, 5);
    cv::Mat lit;
    picture.convertTo(lit, CV_32F);
    lit = lit.mul(light);
    lit.convertTo(lit, CV_8U);
    EXPECT_GT(overlap(binarize(lit).mask, truth), 0.85);
}

TEST(Binarize, FaintPencilInNoise) {
    cv::Mat picture = page(640, 480);
    write(picture, "47", 200, 260, 90, kPaper - 30);
    const cv::Mat truth = picture < kPaper - 15;
    cv::Mat noise(picture.size(), CV_16SC1);
    cv::RNG rng(1);
    rng.fill(noise, cv::RNG::NORMAL, 0, 3);
    cv::Mat noisy;
    cv::add(picture, noise, noisy, cv::noArray(), CV_8U);
    EXPECT_GT(overlap(binarize(noisy).mask, truth), 0.8);
}

TEST(Binarize, BlankPicturesHoldNoInk) {
    for (const int value : {0, 128, 255}) EXPECT_EQ(share_of_ink(binarize(page(320, 240, value)).mask), 0.0) << value;
    cv::Mat noise(240, 320, CV_8UC1);
    cv::RNG rng(2);
    rng.fill(noise, cv::RNG::NORMAL, 150, 4);
    EXPECT_LT(share_of_ink(binarize(noise).mask), 0.001);
}

TEST(Binarize, TinyPictures) {
    for (const cv::Size size : {cv::Size(1, 1), cv::Size(2, 1), cv::Size(1, 300), cv::Size(3, 3)}) {
        const Ink ink = binarize(cv::Mat(size, CV_8UC1, cv::Scalar(77)));
        EXPECT_EQ(ink.mask.size(), size);
        EXPECT_EQ(ink.strength.size(), size);
        EXPECT_TRUE(order(segment(ink)).empty());
    }
}

TEST(Segment, KeepsDigitsDropsSpecks) {
    cv::Mat picture = digits_page();
    for (int i = 0; i < 30; ++i) cv::circle(picture, {20 + 20 * i, 420}, 1, cv::Scalar(kPen), -1);
    const Marks marks = segment(binarize(picture));
    EXPECT_EQ(marks.marks.size(), 4u);
    EXPECT_NEAR(marks.digit_height_px, 44, 5);
}

TEST(Segment, DropsFrameAndTableEdge) {
    cv::Mat picture = digits_page();
    cv::rectangle(picture, {60, 60, 520, 300}, cv::Scalar(kPen), 3);
    cv::rectangle(picture, {0, 440, 640, 40}, cv::Scalar(30), -1);
    const Marks marks = segment(binarize(picture));
    EXPECT_EQ(marks.marks.size(), 4u);
}

TEST(Segment, RuledLinesThroughDigitsGoAndDigitsStay) {
    cv::Mat plain = page(800, 500), ruled;
    for (int i = 0; i < 6; ++i) write(plain, std::to_string(i + 2), 80 + 100 * i, 260, 60);
    ruled = plain.clone();
    for (int y = 95; y < 450; y += 60) cv::line(ruled, {0, y}, {799, y + 12}, cv::Scalar(kPen + 20), 2, cv::LINE_AA);
    const Marks with = segment(binarize(ruled)), without = segment(binarize(plain));
    ASSERT_EQ(without.marks.size(), 6u);
    ASSERT_EQ(order(with).size(), 1u);
    int whole = 0;
    for (const Mark& digit : without.marks)
        for (const Mark& mark : with.marks)
            if ((digit.box & mark.box).area() > 0.8 * (digit.box | mark.box).area()) ++whole;
    EXPECT_EQ(whole, 6);
}

TEST(Segment, LargeDigitIsNoRuledLine) {
    cv::Mat picture = page(200, 300);
    cv::line(picture, {30, 40}, {170, 40}, cv::Scalar(kPen), 12);  // a 7 that fills its picture
    cv::line(picture, {170, 40}, {80, 270}, cv::Scalar(kPen), 12);
    const Marks marks = segment(binarize(picture));
    ASSERT_EQ(marks.marks.size(), 1u);
    EXPECT_GT(marks.marks[0].box.width, 130);
    EXPECT_GT(marks.marks[0].box.height, 220);
}

std::vector<std::vector<int>> rows_of(const cv::Mat& picture) {
    const Marks marks = segment(binarize(picture));
    std::vector<std::vector<int>> rows;
    for (const MarkRow& row : order(marks)) {
        rows.emplace_back();
        for (const Candidate& candidate : row.candidates)
            if (candidate.wholes == 1) rows.back().push_back(candidate.box.x);
    }
    return rows;
}

class OrderSlope : public testing::TestWithParam<double> {};

TEST_P(OrderSlope, FindsRowsAtAnySlope) {
    cv::Mat picture = page(1000, 800);
    for (int row = 0; row < 4; ++row)
        for (int i = 0; i < 8; ++i) {
            const int x = 120 + 95 * i;
            write(picture, std::to_string(i), x, static_cast<int>(180 + 130 * row + std::tan(GetParam()) * (x - 500)));
        }
    const auto rows = rows_of(picture);
    ASSERT_EQ(rows.size(), 4u);
    for (const auto& row : rows) {
        EXPECT_EQ(row.size(), 8u);
        EXPECT_TRUE(std::is_sorted(row.begin(), row.end()));
    }
}
INSTANTIATE_TEST_SUITE_P(Degrees, OrderSlope, testing::Values(-0.20, -0.1, 0.0, 0.05, 0.12, 0.20));

TEST(Order, StaircaseIsNotMixedUp) {
    // Each mark is within reach of the next one's height though first and last are far apart: a comparator on |dy|
    // would not be transitive here.
    cv::Mat picture = page(900, 500);
    for (int i = 0; i < 9; ++i) write(picture, std::to_string(i), 50 + 90 * i, 120 + 18 * i);
    const auto rows = rows_of(picture);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_TRUE(std::is_sorted(rows[0].begin(), rows[0].end()));
}

// Two short numbers that climb are no slope of the page: digits far apart on a level are one row.
TEST(Order, FewNumbersThatClimbDoNotTiltThePage) {
    cv::Mat picture = page(900, 600);
    write(picture, "9", 120, 110, 60);
    write(picture, "0", 480, 114, 60);
    for (int i = 0; i < 3; ++i) write(picture, std::to_string(2 + i), 140 + 70 * i, 300 - 14 * i, 60);
    write(picture, "5", 640, 282, 60);
    for (int i = 0; i < 3; ++i) write(picture, std::to_string(6 + i), 380 + 70 * i, 480 - 14 * i, 60);
    const auto rows = rows_of(picture);
    std::vector<std::size_t> lengths;
    for (const auto& row : rows) lengths.push_back(row.size());
    EXPECT_EQ(lengths, (std::vector<std::size_t>{2, 4, 3}));
}

// Where many say so the page does slope, and what is level belongs to different rows.
TEST(Order, LevelDigitsOfATiltedPageStayApart) {
    cv::Mat picture = page(1300, 500);
    for (int row = 0; row < 3; ++row) {
        for (int i = 0; i < 5; ++i) write(picture, std::to_string(2 + i), 60 + 60 * i, 150 + 120 * row - 8 * i, 50);
        write(picture, "7", 60 + 900, 150 + 120 * row - 120, 50);
    }
    const auto rows = rows_of(picture);
    ASSERT_EQ(rows.size(), 3u);
    for (const auto& row : rows) EXPECT_EQ(row.size(), 6u);
}

TEST(Order, BrokenDigitIsProposedWhole) {
    cv::Mat picture = page(400, 300);
    write(picture, "8", 50, 180, 80);
    cv::rectangle(picture, {200, 90, 50, 12}, cv::Scalar(kPen), -1);  // the bar of a 5, too far to be joined ...
    cv::ellipse(picture, {220, 155}, {28, 28}, 0, -120, 140, cv::Scalar(kPen), 8);  // ... and its bow
    const Marks marks = segment(binarize(picture));
    const auto rows = order(marks);
    ASSERT_EQ(rows.size(), 1u);
    const auto count = [&](int wholes) {
        return std::count_if(rows[0].candidates.begin(), rows[0].candidates.end(),
                             [&](const Candidate& c) { return c.wholes == wholes; });
    };
    EXPECT_EQ(count(1), 3);
    EXPECT_EQ(count(2), 1);
}

// Digits lower than .45 of the page's are no scraps in a row of their own kind, and are not joined.
TEST(Order, SmallDigitsHaveARowOfTheirOwn) {
    cv::Mat picture = page(900, 500);
    for (int i = 0; i < 5; ++i) cv::ellipse(picture, {100 + 140 * i, 120}, {35, 60}, 0, 0, 360, cv::Scalar(kPen), 8);
    for (int i = 0; i < 6; ++i) cv::ellipse(picture, {100 + 45 * i, 350}, {12, 20}, 0, 0, 360, cv::Scalar(kPen), 5);
    const Marks marks = segment(binarize(picture));
    const std::vector<MarkRow> rows = order(marks);
    ASSERT_EQ(rows.size(), 2u);
    const auto whole = [](const Candidate& c) { return c.wholes == 1; };
    EXPECT_EQ(std::count_if(rows[0].candidates.begin(), rows[0].candidates.end(), whole), 5);
    EXPECT_EQ(std::count_if(rows[1].candidates.begin(), rows[1].candidates.end(), whole), 6);
    EXPECT_NEAR(rows[0].height_px, 128, 8);
    EXPECT_NEAR(rows[1].height_px, 45, 6);
}

// Runs a picture that holds one digit through the stages.
Tile tile_of(const cv::Mat& picture) {
    const Ink ink = binarize(picture);
    const Marks marks = segment(ink);
    const auto rows = order(marks);
    if (rows.size() != 1 || rows[0].candidates.empty()) return {};
    const Candidate* widest = &rows[0].candidates.front();
    for (const Candidate& c : rows[0].candidates)
        if (c.box.area() > widest->box.area()) widest = &c;
    return normalize(ink, marks, *widest);
}

TEST(Normalize, LongerSideIs20AndMassIsCentred) {
    for (const int width : {12, 60, 160}) {  // a bare 1 must not become a block
        cv::Mat picture = page(400, 400);
        cv::rectangle(picture, {150, 120, width, 160}, cv::Scalar(kPen), -1);
        const Tile tile = tile_of(picture);
        int left = 32, right = -1, top = 32, bottom = -1;
        double mass = 0, mx = 0, my = 0;
        for (int y = 0; y < 32; ++y)
            for (int x = 0; x < 32; ++x) {
                const int v = tile.ink[static_cast<std::size_t>(32 * y + x)];
                mass += v, mx += v * x, my += v * y;
                if (v < 64) continue;
                left = std::min(left, x), right = std::max(right, x), top = std::min(top, y),
                bottom = std::max(bottom, y);
            }
        EXPECT_NEAR(bottom - top + 1, 20, 1) << width;
        EXPECT_NEAR(right - left + 1, 20.0 * width / 160, 1.5) << width;
        EXPECT_NEAR(mx / mass, 16, 0.51) << width;
        EXPECT_NEAR(my / mass, 16, 0.51) << width;
    }
}

TEST(Normalize, DilatesByADiscAsOpenCVDoes) {
    cv::RNG random(1);
    for (const cv::Size size : {cv::Size(1, 1), {5, 3}, {40, 25}, {33, 90}})
        for (const int radius : {1, 2, 3, 7, 20}) {
            cv::Mat picture(size, CV_8UC1);
            random.fill(picture, cv::RNG::UNIFORM, 0, 256);
            picture.setTo(0, picture < 200);
            cv::Mat theirs, ours = picture.clone();
            cv::dilate(picture, theirs, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * radius + 1, 2 * radius + 1}));
            dilate_by_disc(ours, radius);
            ASSERT_EQ(cv::countNonZero(ours != theirs), 0) << size << ", radius " << radius;
        }
}

TEST(Normalize, MnistDigitsSurviveTheStages) {
    const std::vector<cv::Mat> digits = test::mnist_digits(200);
    if (digits.empty()) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    std::vector<double> differences;
    for (const cv::Mat& digit : digits) {
        // Drawn large, dark on light, in a page's middle.
        cv::Mat large, picture = page(560, 560);
        cv::resize(digit, large, {280, 280}, 0, 0, cv::INTER_CUBIC);
        cv::Mat centre = picture({140, 140, 280, 280}), light;
        large.convertTo(light, CV_8U, -(kPaper - kPen) / 255.0, kPaper);
        light.copyTo(centre);
        const Tile tile = tile_of(picture);
        double sum = 0;
        for (int y = 0; y < 28; ++y)
            for (int x = 0; x < 28; ++x)
                sum +=
                    std::abs(tile.ink[static_cast<std::size_t>(32 * (y + 2) + x + 2)] - digit.at<std::uint8_t>(y, x));
        differences.push_back(sum / cv::sum(digit)[0]);
    }
    std::sort(differences.begin(), differences.end());
    const double median = differences[differences.size() / 2];
    std::cout << "median difference " << median << " of the ink over " << differences.size() << " digits\n";
    EXPECT_LT(median, 0.22);  // a frame that is off by one pixel makes 0.5 and more
}

}  // namespace
}  // namespace chiffre
