// join_test.cpp -- digits in several pieces: strokes with gaps and a display's segments become one mark a digit.
#include "join.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "pieces.h"

namespace chiffre {
namespace {

// A mark for each connected piece.
Marks marks_of(const cv::Mat& mask, float digit_height_px) {
    Marks marks;
    for (const Component& c : components(mask, marks.labels)) marks.marks.push_back({c.box, c.area, c.label});
    marks.digit_height_px = digit_height_px;
    return marks;
}

Marks joined(const cv::Mat& mask, float digit_height_px) {
    Marks marks = marks_of(mask, digit_height_px);
    join_broken(marks, [](const Marks& same) { return same.digit_height_px; });
    return marks;
}

cv::Mat paper(int width, int height) {
    return cv::Mat(height, width, CV_8U, cv::Scalar(0));
}

Ink ink_of(const cv::Mat& mask) {
    Ink ink;
    ink.strength = ink.mask = mask;
    ink.grey = 255 - mask;
    ink.paper = cv::Mat(1, 1, CV_32FC1, cv::Scalar(255));
    return ink;
}

// Segments a to g, as bits from the lowest; a gap of 2 px at each corner.
void draw_segments(cv::Mat& mask, cv::Point at, int segments) {
    const cv::Rect bars[] = {{4, 0, 24, 8},  {24, 10, 8, 20}, {24, 44, 8, 20}, {4, 66, 24, 8},
                             {0, 44, 8, 20}, {0, 10, 8, 20},  {4, 33, 24, 8}};
    for (int i = 0; i < 7; ++i)
        if (segments >> i & 1) mask(bars[i] + at).setTo(255);
}
constexpr int kZero = 0x3f, kOne = 0x06, kTwo = 0x5b, kSeven = 0x07;

TEST(Join, AStrokeGoesOnAcrossAGap) {
    cv::Mat mask = paper(100, 100);
    cv::ellipse(mask, {50, 50}, {20, 30}, 0, 190, 350, 255, 5);  // a 0 in two pieces, one above the other
    cv::ellipse(mask, {50, 50}, {20, 30}, 0, 12, 168, 255, 5);
    ASSERT_EQ(marks_of(mask, 60).marks.size(), 2u);
    const Marks marks = joined(mask, 60);
    ASSERT_EQ(marks.marks.size(), 1u);
    EXPECT_EQ(marks.marks[0].box, cv::boundingRect(mask));
    EXPECT_EQ(marks.marks[0].area_px, cv::countNonZero(mask));
    EXPECT_EQ(cv::countNonZero(marks.labels == marks.marks[0].label), cv::countNonZero(mask));
}

TEST(Join, AHalfIsJoinedWhereHalvesSetTheTypicalHeight) {
    cv::Mat mask = paper(60, 120);
    cv::line(mask, {35, 20}, {30, 52}, 255, 6);
    cv::line(mask, {28, 66}, {23, 98}, 255, 6);
    EXPECT_EQ(joined(mask, 55).marks.size(), 1u);
}

// Two upside-down U above two U: zeros without the middle segment, whose corners run together.
cv::Mat halves(int gap_px) {
    cv::Mat mask = paper(160, 100);
    for (const int x : {20, 90})
        for (const bool lower : {false, true}) {
            const int top = lower ? 40 + gap_px : 10;
            mask(cv::Rect(x, top, 6, 30)).setTo(255);
            mask(cv::Rect(x + 24, top, 6, 30)).setTo(255);
            mask(cv::Rect(x, lower ? top + 24 : top, 30, 6)).setTo(255);
        }
    return mask;
}

TEST(Join, HalvesOfADisplaysDigitsMakeDigits) {
    ASSERT_EQ(marks_of(halves(7), 30).marks.size(), 4u);
    EXPECT_EQ(joined(halves(7), 30).marks.size(), 2u);
    EXPECT_EQ(joined(halves(15), 30).marks.size(), 4u) << "two rows";
}

// A display's 2 is one piece where its 0s are halves, and beside it are many marks that have none.
TEST(Join, HalvesBesideWholeDigitsMakeDigits) {
    constexpr int kHigh = 67;
    cv::Mat mask = paper(700, 300);
    halves(7)(cv::Rect(0, 0, 160, 100)).copyTo(mask(cv::Rect(120, 0, 160, 100)));
    for (const int x : {20, 70}) {  // 2
        for (const int y : {10, 40, 71}) mask(cv::Rect(x, y, 36, 6)).setTo(255);
        mask(cv::Rect(x + 30, 10, 6, 34)).setTo(255);
        mask(cv::Rect(x, 40, 6, 34)).setTo(255);
    }
    for (int i = 0; i < 30; ++i) mask(cv::Rect(20 + 40 * (i % 15), i < 15 ? 150 : 220, 28, 30)).setTo(255);
    const Marks marks = joined(mask, 30);
    ASSERT_EQ(marks.marks.size(), 34u);
    EXPECT_EQ(std::count_if(marks.marks.begin(), marks.marks.end(),
                            [](const Mark& mark) { return mark.box.height == kHigh; }),
              4);
}

// Small letters of fine strokes close below a digit are none of it; a piece of its own stroke is.
TEST(Join, CaptionStaysApart) {
    for (const int thickness : {4, 12}) {
        cv::Mat mask = paper(200, 200);
        cv::ellipse(mask, {100, 70}, {30, 45}, 0, 0, 360, 255, 12);
        cv::line(mask, {90, 130}, {90, 142}, 255, thickness);
        cv::line(mask, {90, 130}, {112, 130}, 255, thickness);
        EXPECT_EQ(joined(mask, 100).marks.size(), thickness == 4 ? 2u : 1u) << thickness;
    }
}

TEST(Join, NeighboursStayApart) {
    cv::Mat mask = paper(200, 100);
    cv::line(mask, {20, 20}, {20, 80}, 255, 6);  // 1 0 1, close
    cv::ellipse(mask, {50, 50}, {18, 28}, 0, 0, 360, 255, 5);
    cv::line(mask, {80, 20}, {80, 80}, 255, 6);
    cv::line(mask, {150, 30}, {150, 60}, 255, 6);  // and lower ones
    cv::ellipse(mask, {170, 46}, {10, 15}, 0, 0, 360, 255, 5);
    EXPECT_EQ(joined(mask, 60).marks.size(), 5u);
}

TEST(Join, RowsStayApart) {
    cv::Mat mask = paper(60, 180);
    cv::line(mask, {30, 20}, {30, 80}, 255, 6);  // a 1 under a 1
    cv::line(mask, {30, 90}, {30, 150}, 255, 6);
    EXPECT_EQ(joined(mask, 60).marks.size(), 2u);
}

// The lower half of a faint line is no 1.
TEST(Join, PiecesOfALineStayApart) {
    cv::Mat mask = paper(60, 120);
    cv::line(mask, {30, 20}, {30, 36}, 255, 3);
    cv::line(mask, {30, 44}, {30, 60}, 255, 3);
    EXPECT_EQ(joined(mask, 80).marks.size(), 2u);
}

// The typical height is a segment's, since segments are all that there is.
TEST(Join, SegmentsOfADisplayMakeDigits) {
    cv::Mat mask = paper(300, 120);
    const int digits[] = {kZero, kOne, kTwo, kSeven};
    int x = 20;
    for (const int digit : digits) {
        draw_segments(mask, {x, 20}, digit);
        x += 50;
    }
    const Marks marks = joined(mask, 24);
    ASSERT_EQ(marks.marks.size(), 4u);
    for (const Mark& mark : marks.marks) EXPECT_GE(mark.box.height, 54);
}

// In bold figures upright segments are hardly longer than wide.
TEST(Join, ShortSegmentsOfABoldDisplayMakeDigits) {
    cv::Mat mask = paper(320, 130);
    for (int x = 20; x < 300; x += 70) {  // 2
        for (const int y : {10, 56, 102}) mask(cv::Rect(x, y, 52, 17)).setTo(255);
        mask(cv::Rect(x + 34, 29, 18, 25)).setTo(255);
        mask(cv::Rect(x, 75, 18, 25)).setTo(255);
    }
    const Marks marks = joined(mask, 25);
    ASSERT_EQ(marks.marks.size(), 4u);
    for (const Mark& mark : marks.marks) EXPECT_TRUE(mark.of_segments);
}

// A 1's bars stand at the right of its place, near the next digit, and a colon's dots between two.
TEST(Join, SegmentsOfTwoDigitsStayApart) {
    cv::Mat mask = paper(200, 120);
    draw_segments(mask, {10, 20}, kOne);
    draw_segments(mask, {54, 20}, kTwo);
    mask(cv::Rect(96, 38, 8, 8)).setTo(255);
    mask(cv::Rect(96, 62, 8, 8)).setTo(255);
    draw_segments(mask, {114, 20}, kZero);
    EXPECT_EQ(joined(mask, 24).marks.size(), 5u);
}

// Writing of another kind on the page does not hide the display.
TEST(Pieces, SegmentsAreFoundAmongOtherMarks) {
    cv::Mat mask = paper(500, 300), labels;
    for (int i = 0; i < 4; ++i) draw_segments(mask, {20 + 50 * i, 20}, kTwo);
    for (int i = 0; i < 20; ++i) cv::circle(mask, {20 + 23 * i, 250}, 8, 255, 3);
    const double height = segments_of(components(mask, labels), labels).height_px;
    EXPECT_GT(height, 45);
    EXPECT_LT(height, 90);
}

// Upright segments that are short and level ones that are long: the level ones are no marks of another kind.
TEST(Pieces, LongSegmentsStayBesideShortOnes) {
    cv::Mat mask = paper(400, 200);
    for (int x = 20; x < 300; x += 90) {
        for (const int y : {20, 72, 124}) mask(cv::Rect(x, y, 60, 14)).setTo(255);
        for (const int y : {38, 90}) mask(cv::Rect(x + 46, y, 14, 30)).setTo(255);
    }
    const Marks marks = segment(ink_of(mask));
    ASSERT_EQ(marks.marks.size(), 4u);
    for (const Mark& mark : marks.marks) EXPECT_EQ(mark.box.size(), cv::Size(60, 118));
}

// Ink over nearly all of the row's width, with gaps no wider than a stroke that crosses a line.
TEST(Pieces, LevelSegmentsOfARowOfDigitsAreNoLine) {
    cv::Mat mask = paper(900, 240);
    for (int x = 20; x < 840; x += 70) {  // 2
        for (const int y : {60, 106, 152}) mask(cv::Rect(x, y, 54, 10)).setTo(255);
        mask(cv::Rect(x + 44, 72, 10, 32)).setTo(255);
        mask(cv::Rect(x, 118, 10, 32)).setTo(255);
    }
    const Marks marks = segment(ink_of(mask));
    ASSERT_EQ(marks.marks.size(), 12u);
    for (const Mark& mark : marks.marks) EXPECT_EQ(mark.box.size(), cv::Size(54, 102));
}

TEST(Pieces, OnesAreNoSegments) {
    cv::Mat mask = paper(300, 100), labels;
    for (int i = 0; i < 8; ++i) cv::line(mask, {20 + 30 * i, 20}, {20 + 30 * i, 60}, 255, 8);
    EXPECT_EQ(segments_of(components(mask, labels), labels).height_px, 0);
}

}  // namespace
}  // namespace chiffre
