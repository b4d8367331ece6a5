// segment_test.cpp -- lines, boxes, frames and borders: for each way in which they have been taken for digits, or
// digits for them, a small drawn picture of it.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <opencv2/imgproc.hpp>

#include "components.h"
#include "lines.h"
#include "stages.h"
#include "transpose.h"
#include "turn.h"

namespace chiffre {
namespace {

constexpr int kPaper = 210, kPen = 50, kLine = 110;
using Points = std::vector<cv::Point>;

cv::Mat page(int width, int height) {
    return cv::Mat(height, width, CV_8UC1, cv::Scalar(kPaper));
}

// One digit about `height` px high with its left end at x and its foot at y.
void write(cv::Mat& picture, int digit, cv::Point at, int height = 40) {
    cv::putText(picture, std::to_string(digit), at, cv::FONT_HERSHEY_SIMPLEX, height / 21.0, cv::Scalar(kPen),
                std::max(2, height / 10), cv::LINE_AA);
}

void rule(cv::Mat& picture, cv::Point from, cv::Point to, int thickness = 2, int light = kLine) {
    cv::Mat line(picture.size(), CV_8UC1, cv::Scalar(kPaper));
    cv::line(line, from, to, cv::Scalar(light), thickness, cv::LINE_AA);
    picture = cv::min(picture, line);
}

// How many digits of the page without lines are there, in their size and place, with them.
int whole_digits(const Marks& plain, const Marks& lined) {
    return static_cast<int>(std::count_if(plain.marks.begin(), plain.marks.end(), [&](const Mark& digit) {
        return std::any_of(lined.marks.begin(), lined.marks.end(), [&](const Mark& mark) {
            return (digit.box & mark.box).area() > 0.75 * (digit.box | mark.box).area();
        });
    }));
}

// What is drawn over `writing` leaves its digits whole and adds no mark as high as half a digit.
void expect_digits_alone(const cv::Mat& writing, const std::function<void(cv::Mat&)>& draw) {
    cv::Mat drawn = writing.clone();
    draw(drawn);
    const Marks plain = segment(binarize(writing)), lined = segment(binarize(drawn));
    ASSERT_FALSE(plain.marks.empty());
    EXPECT_EQ(whole_digits(plain, lined), static_cast<int>(plain.marks.size()));
    const auto high = std::count_if(lined.marks.begin(), lined.marks.end(), [&](const Mark& mark) {
        return 2 * mark.box.height > static_cast<int>(plain.digit_height_px);
    });
    EXPECT_EQ(high, static_cast<std::ptrdiff_t>(plain.marks.size()));
    EXPECT_NEAR(lined.digit_height_px, plain.digit_height_px, 0.2 * plain.digit_height_px);
}

cv::Mat rows_of_digits(int width, int height, cv::Point first, cv::Size step, int columns, int rows) {
    cv::Mat picture = page(width, height);
    for (int row = 0; row < rows; ++row)
        for (int i = 0; i < columns; ++i)
            write(picture, (2 + 3 * i + 5 * row) % 10, first + cv::Point(i * step.width, row * step.height));
    return picture;
}

TEST(SegmentLines, MarginLowerThanThePageIsWide) {
    // The margin joins the ruling to one network; its length is measured against the height of the page.
    expect_digits_alone(rows_of_digits(1200, 480, {140, 100}, {45, 90}, 6, 4), [](cv::Mat& picture) {
        for (int y = 20; y < 480; y += 45) rule(picture, {0, y}, {1199, y + 8});
        rule(picture, {128, 0}, {132, 479});
    });
}

TEST(SegmentLines, GridGoesWithItsCrossings) {
    expect_digits_alone(rows_of_digits(640, 640, {45, 80}, {130, 130}, 5, 5), [](cv::Mat& picture) {
        for (int i = 0; i <= 9; ++i) {
            const int at = 20 + 65 * i, thickness = i % 3 ? 2 : 5;
            rule(picture, {at, 20}, {at, 605}, thickness, kPen);
            rule(picture, {20, at}, {605, at}, thickness, kPen);
        }
    });
}

TEST(SegmentLines, DottedGrid) {
    expect_digits_alone(rows_of_digits(640, 480, {60, 100}, {110, 110}, 5, 4), [](cv::Mat& picture) {
        for (int at = 10; at < 640; at += 55)
            for (int dot = 0; dot < 640; dot += 5) {
                rule(picture, {at, dot}, {at, dot + 1});
                rule(picture, {dot, at}, {dot + 1, at});
            }
    });
}

TEST(SegmentLines, SquaredPaperBetweenDigits) {
    // Each column line falls into pieces no longer than a digit; the ones beside the writing tell where it is.
    expect_digits_alone(rows_of_digits(900, 600, {110, 90}, {56, 70}, 11, 6), [](cv::Mat& picture) {
        for (int at = 7; at < 900; at += 30) rule(picture, {at, 0}, {at + 10, 599}, 1);
        for (int at = 7; at < 600; at += 30) rule(picture, {0, at}, {899, at + 15}, 1);
    });
}

TEST(SegmentLines, RulingOnPaperThatCurlsGoes) {
    expect_digits_alone(rows_of_digits(900, 500, {90, 120}, {90, 100}, 8, 4), [](cv::Mat& picture) {
        for (int y = -60; y < 500; y += 50) {
            Points line;
            for (int x = 0; x <= 900; x += 20) line.emplace_back(x, y + 60 * (x - 450) * (x - 450) / (450 * 450));
            cv::Mat ruled = page(900, 500);
            cv::polylines(ruled, line, false, cv::Scalar(kLine), 2, cv::LINE_AA);
            picture = cv::min(picture, ruled);
        }
    });
}

TEST(SegmentLines, FeetOnTheRulingStay) {
    cv::Mat writing = page(900, 300);
    for (int i = 0; i < 8; ++i) write(writing, 2, {90 + 90 * i, 150}, 50);
    expect_digits_alone(writing, [](cv::Mat& picture) {
        for (int y = 30; y < 300; y += 59) rule(picture, {0, y}, {899, y}, 1);
    });
}

TEST(SegmentLines, SidesOfBoxesAreNoOnes) {
    cv::Mat writing = page(700, 240);
    for (int i = 0; i < 7; ++i) write(writing, (3 * i + 2) % 10, {52 + 70 * i, 135}, 40);
    expect_digits_alone(writing, [](cv::Mat& picture) {
        for (const int y : {80, 150}) rule(picture, {30, y}, {590, y}, 2, kPen);
        for (int x = 30; x <= 590; x += 70) rule(picture, {x, 80}, {x, 150}, 2, kPen);
    });
}

TEST(SegmentLines, TeethOfACombAreNoOnes) {
    cv::Mat writing = page(700, 240);
    for (int i = 0; i < 7; ++i) write(writing, (3 * i + 2) % 10, {52 + 70 * i, 135}, 40);
    expect_digits_alone(writing, [](cv::Mat& picture) {
        rule(picture, {30, 150}, {590, 150}, 2, kPen);
        for (int x = 30; x <= 590; x += 70) rule(picture, {x, 122}, {x, 150}, 2, kPen);
    });
}

TEST(SegmentLines, TeethOfACombThatLeanAreNoOnes) {
    // Once all of the form leans, once its sides lean by more than a right angle: in perspective.
    for (const cv::Vec2d& lean : {cv::Vec2d(0.1, -0.1), cv::Vec2d(0.05, 0.12)}) {
        cv::Mat writing = page(700, 300);
        const auto at = [&](int x, int y) {
            return cv::Point(x + cvRound(lean[1] * (y - 115)), y + cvRound(lean[0] * (x - 350)));
        };
        for (int i = 0; i < 7; ++i) write(writing, (3 * i + 2) % 10, at(52 + 70 * i, 135), 40);
        expect_digits_alone(writing, [&](cv::Mat& picture) {
            for (const int y : {80, 150}) rule(picture, at(30, y), at(590, y), 2, kPen);
            for (int x = 30; x <= 590; x += 70) rule(picture, at(x, 80), at(x, 150), 2, kPen);
        });
    }
}

TEST(SegmentLines, OnesOnARuledLineStay) {
    cv::Mat writing = page(700, 240);
    for (int i = 0; i < 4; ++i) {
        rule(writing, {60 + 120 * i, 95}, {60 + 120 * i, 140}, 5, kPen);
        write(writing, 2 + i, {100 + 120 * i, 140}, 40);
    }
    expect_digits_alone(writing, [](cv::Mat& picture) {
        for (int y = 22; y < 240; y += 60) rule(picture, {0, y}, {699, y}, 2);
    });
}

TEST(SegmentLines, HairlineBesideDigits) {
    expect_digits_alone(rows_of_digits(500, 160, {40, 100}, {70, 0}, 5, 1), [](cv::Mat& picture) {
        rule(picture, {405, 58}, {405, 102}, 1, kPen);
    });
}

TEST(SegmentLines, LargeDigitsOnGrainyRuling) {
    cv::Mat writing = page(1400, 900);
    for (int i = 0; i < 5; ++i) write(writing, (2 + 3 * i) % 10, {80 + 260 * i, 600}, 260);
    expect_digits_alone(writing, [](cv::Mat& picture) {
        cv::RNG rng(7);
        for (int x = 40; x < 1400; x += 260)
            for (int y = 0; y < 900; ++y)
                for (int at = x; at < x + 8; ++at)
                    if (rng.uniform(0, 100) < 55)
                        picture.at<std::uint8_t>(y, at) =
                            std::min<std::uint8_t>(picture.at<std::uint8_t>(y, at), kLine);
    });
}

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

TEST(Lines, CrossedStrokeKeepsItsInk) {
    cv::Mat mask = cv::Mat::zeros(300, 600, CV_8UC1);
    cv::line(mask, {250, 60}, {330, 240}, cv::Scalar(255), 12);  // a stroke
    const cv::Mat stroke = mask.clone();
    for (const int y : {90, 150, 210}) cv::line(mask, {0, y}, {599, y}, cv::Scalar(255), 2);
    const Lines lines = remove_lines(mask, mask, {.least_width_px = 120, .least_height_px = 120});
    EXPECT_GE(lines.count, 3);  // one that a stroke interrupts may be found as two
    EXPECT_EQ(cv::countNonZero(stroke & ~mask), 0);
    EXPECT_LT(cv::countNonZero(mask & ~stroke), 80);
    EXPECT_EQ(lines.bands.at<std::uint8_t>(90, 20), kHorizontalBand);
}

TEST(Lines, StrokeAlongFainterLineKeepsItsInk) {
    cv::Mat strength = cv::Mat::zeros(300, 600, CV_8UC1), stroke = strength.clone();
    for (const int y : {90, 150, 210}) cv::line(strength, {0, y}, {599, y}, cv::Scalar(140), 3);
    cv::line(stroke, {250, 150}, {300, 150}, cv::Scalar(255), 3);  // the foot of a 2
    strength.setTo(230, stroke);
    cv::Mat mask = strength > 100;
    remove_lines(mask, strength, {.least_width_px = 120, .least_height_px = 120});
    EXPECT_EQ(cv::countNonZero(stroke & ~mask), 0);
    EXPECT_EQ(cv::countNonZero(mask & ~stroke), 0);
}

TEST(Lines, WritingDeeperThanItsGridPartsFromIt) {
    cv::Mat loss(240, 240, CV_8UC1, cv::Scalar(0));
    for (int at = 20; at < 240; at += 40) {
        loss.rowRange(at, at + 4).setTo(100);
        loss.colRange(at, at + 4).setTo(100);
    }
    loss(cv::Rect(100, 70, 4, 60)).setTo(200);   // a 1 on a line of the grid
    loss(cv::Rect(138, 100, 30, 6)).setTo(200);  // strokes that run along a line and cross one
    loss(cv::Rect(158, 100, 6, 50)).setTo(200);
    cv::Mat mask = loss > 0;
    const Lines lines = remove_lines(mask, loss, {.least_width_px = 120, .least_height_px = 120});
    EXPECT_EQ(lines.count, 12);
    EXPECT_EQ(cv::countNonZero(mask != (loss == 200)), 0);
    EXPECT_EQ(cv::countNonZero(lines.bands & mask), 0);
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

// Bands of a turned page's lines are the turned bands of its lines.
TEST(Lines, TurnWithThePage) {
    cv::Mat mask = cv::Mat::zeros(400, 600, CV_8UC1);
    for (const int y : {90, 150, 210}) mask.rowRange(y, y + 3).setTo(255);
    mask.colRange(80, 83).setTo(255);
    const LineRule rule{.least_width_px = 120, .least_height_px = 120};
    cv::Mat upright = mask.clone();
    const Lines lines = remove_lines(upright, mask, rule);
    ASSERT_EQ(lines.count, 4);
    for (int quarters = 0; quarters < kTurns; ++quarters) {
        const cv::Mat lying = turned(mask, quarters);
        cv::Mat without = lying.clone();
        const Lines found = remove_lines(without, lying, rule);
        EXPECT_EQ(found.count, 4);
        const cv::Mat bands = turned_bands(lines.bands, quarters);
        ASSERT_EQ(bands.size(), found.bands.size());
        EXPECT_EQ(cv::countNonZero(bands != found.bands), 0) << quarters;
    }
    EXPECT_TRUE(turned_bands({}, 1).empty());
}

// The marks of a page that was turned after its lines were taken out are those of the page that was turned before.
TEST(SegmentLines, AreNotLookedForAgainOnceOut) {
    cv::Mat picture = rows_of_digits(600, 400, {60, 80}, {60, 80}, 8, 4);
    for (int y = 10; y < 400; y += 80) rule(picture, {0, y}, {599, y});
    const Ink ink = binarize(picture);
    const Marks marks = segment(ink);
    ASSERT_FALSE(marks.bands.empty());
    for (int quarters = 0; quarters < kTurns; ++quarters) {
        const Ink lying = turned(ink, quarters);
        const Marks whole = segment(lying);
        Ink rest = lying;
        rest.mask = turned(marks.labels != 0, quarters);
        const Marks tried = segment_without_lines(rest, turned_bands(marks.bands, quarters));
        ASSERT_EQ(whole.marks.size(), 32u);
        EXPECT_EQ(tried.marks.size(), whole.marks.size());
        EXPECT_EQ(whole_digits(whole, tried), 32) << quarters;
        EXPECT_NEAR(tried.digit_height_px, whole.digit_height_px, 1);
    }
}

TEST(Lines, FewerThanAskedForStay) {
    cv::Mat mask = cv::Mat::zeros(300, 600, CV_8UC1);
    for (const int y : {90, 210}) cv::line(mask, {0, y}, {599, y}, cv::Scalar(255), 2);
    const cv::Mat before = mask.clone();
    EXPECT_EQ(remove_lines(mask, mask, {.least_width_px = 120, .least_height_px = 120, .least_count = 3}).count, 0);
    EXPECT_EQ(cv::countNonZero(mask != before), 0);
}

}  // namespace
}  // namespace chiffre
