// lines_test.cpp -- ruled paper, grids, boxes and combs: for each way in which lines have been taken for digits, or
// digits for them, a small drawn picture of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "drawn_digits.h"
#include "line_pieces.h"
#include "lines.h"
#include "turn.h"

namespace chiffre {
namespace {
using namespace test;

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

// Of a box that was cut up and scanned coarsely, dashes over and under the digits are left.
TEST(SegmentLines, DashesOfABrokenBoxGo) {
    const cv::Mat writing = rows_of_digits(700, 200, {60, 120}, {80, 0}, 7, 1);
    expect_digits_alone(writing, [](cv::Mat& picture) {
        for (const int y : {62, 136})
            for (const auto& [from, to] : {std::pair{70, 150}, {190, 210}, {290, 330}, {420, 436}, {500, 580}})
                rule(picture, {from, y}, {to, y}, 4, kPen);
    });
}

TEST(SegmentLines, BarsAndMinusSignsAreNoDashes) {
    const auto dashes_of = [](const std::vector<cv::Rect>& boxes) {
        std::vector<Component> all;
        for (const cv::Rect& box : boxes) all.push_back({box, box.area(), 1});
        const std::vector<char> flags = dashes_of_lines(all, 40);
        return std::count(flags.begin(), flags.end(), 1);
    };
    EXPECT_EQ(dashes_of({{0, 100, 60, 4}, {100, 101, 20, 4}, {180, 103, 30, 4}}), 3);
    EXPECT_EQ(dashes_of({{0, 100, 24, 4}, {100, 100, 24, 4}, {180, 100, 24, 4}, {260, 100, 24, 4}}), 0) << "short";
    EXPECT_EQ(dashes_of({{0, 100, 60, 4}, {100, 101, 50, 4}}), 0) << "few";
    EXPECT_EQ(dashes_of({{0, 100, 60, 4}, {100, 120, 20, 4}, {180, 140, 30, 4}}), 0) << "not on one line";
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
