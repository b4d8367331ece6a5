// cut_test.cpp -- digits that touch: where they may be cut apart, and that they are read.
#include "cut.h"

#include <gtest/gtest.h>

#include <fstream>
#include <opencv2/imgproc.hpp>

#include "encode.h"
#include "engine.h"
#include "pipeline.h"
#include "weights.h"

namespace chiffre {
namespace {

// One mark of all ink, as high as the page's digits are said to be.
Marks mark_of(const cv::Mat& mask, double digit_height_px) {
    Marks marks;
    mask.convertTo(marks.labels, CV_32S, 1.0 / 255);
    marks.marks.push_back({cv::boundingRect(mask), cv::countNonZero(mask), 1});
    marks.digit_height_px = static_cast<float>(digit_height_px);
    return marks;
}

Marks cut(const cv::Mat& mask, double digit_height_px) {
    Marks marks = mark_of(mask, digit_height_px);
    Ink ink;
    ink.strength = ink.mask = mask;
    propose_cuts(marks, ink, 1);
    return marks;
}

void expect_whole(const Marks& marks, const cv::Mat& mask) {
    EXPECT_EQ(marks.marks.front().pieces, static_cast<int>(marks.pieces.size()));
    int area = 0;
    cv::Rect box;
    for (const Mark& mark : marks.pieces) {
        area += mark.area_px;
        box |= mark.box;
        EXPECT_EQ(cv::countNonZero(marks.labels == mark.label), mark.area_px);
        EXPECT_EQ(cv::boundingRect(marks.labels == mark.label), mark.box);
    }
    EXPECT_EQ(area, cv::countNonZero(mask));
    EXPECT_EQ(box, marks.marks.front().box);
}

TEST(Cuts, GoBetweenTwoRings) {
    cv::Mat mask(80, 120, CV_8U, cv::Scalar(0));
    cv::ellipse(mask, {35, 40}, {20, 28}, 0, 0, 360, 255, 4);
    cv::ellipse(mask, {83, 40}, {20, 28}, 0, 0, 360, 255, 4);
    cv::line(mask, {55, 44}, {63, 44}, 255, 4);
    const Marks marks = cut(mask, 60);
    expect_whole(marks, mask);
    // Of the two bows at their middles, no piece has both.
    EXPECT_NE(marks.labels.at<int>(40, 15), marks.labels.at<int>(40, 103));
    bool between = false;
    for (const Mark& mark : marks.pieces) between |= std::abs(mark.box.br().x - 59) <= 6;
    EXPECT_TRUE(between) << "a piece ends within a stroke's width of the touch";
}

// Two slanted strokes whose boxes overlap by half: no straight cut parts them.
TEST(Cuts, FollowASlant) {
    cv::Mat mask(80, 120, CV_8U, cv::Scalar(0));
    cv::line(mask, {20, 70}, {50, 10}, 255, 5);
    cv::line(mask, {40, 70}, {70, 10}, 255, 5);
    cv::line(mask, {35, 40}, {55, 40}, 255, 3);
    const Marks marks = cut(mask, 60);
    expect_whole(marks, mask);
    // Pieces are counted from left to right: some cut has all of the left stroke before it, all of the right one
    // behind.
    const auto piece_at = [&](int x, int y) { return marks.labels.at<int>(y, x); };
    EXPECT_LT(std::max(piece_at(21, 68), piece_at(49, 12)), std::min(piece_at(41, 68), piece_at(69, 12)));
}

// A 7 whose long tail leans: no two digits stand above each other.
TEST(Cuts, DoNotPartATailFromWhatStandsAboveIt) {
    cv::Mat mask(180, 120, CV_8U, cv::Scalar(0));
    cv::line(mask, {40, 20}, {84, 20}, 255, 5);
    cv::line(mask, {84, 20}, {54, 94}, 255, 5);
    cv::line(mask, {54, 94}, {50, 104}, 255, 1);  // the pen hardly writes here
    cv::line(mask, {50, 104}, {34, 144}, 255, 5);
    const Marks marks = cut(mask, 60);
    const Mark& whole = marks.marks.front();
    for (int i = whole.first_cut; i < whole.first_cut + whole.cuts; ++i) {
        cv::Rect left, right;
        for (int p = 0; p < whole.pieces; ++p) {
            const cv::Rect& box = marks.pieces[static_cast<std::size_t>(whole.first_piece + p)].box;
            ((marks.cuts[static_cast<std::size_t>(i)].left >> p & 1) != 0 ? left : right) |= box;
        }
        const int shared = std::min(left.br().y, right.br().y) - std::max(left.y, right.y);
        EXPECT_GT(shared, 0.25 * std::min(left.height, right.height)) << left << right;
    }
}

TEST(Cuts, LeaveNarrowAndLowMarksWhole) {
    cv::Mat ring(80, 80, CV_8U, cv::Scalar(0));
    cv::ellipse(ring, {40, 40}, {14, 28}, 0, 0, 360, 255, 4);
    EXPECT_EQ(cut(ring, 60).pieces.size(), 0u);   // a 0
    EXPECT_EQ(cut(ring, 130).pieces.size(), 0u);  // lower than the page's digits by half
    cv::Mat block(80, 120, CV_8U, cv::Scalar(0));
    block(cv::Rect(10, 10, 100, 60)).setTo(255);
    EXPECT_EQ(cut(block, 60).pieces.size(), 0u);  // nowhere thin
}

// The digits of a drawn row pushed together until each touches the next.
TEST(Cuts, TouchingDigitsAreRead) {
    std::ifstream file(CHIFFRE_SAMPLES_DIR "/clean-row.jpg", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const Weights weights = default_weights();
    const auto engine = open_engine(parse_device("cpu"), weights);
    Trace trace;
    const Reading apart = read_photo({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "apart",
                                     {{*engine, score_meaning(weights)}}, {}, &trace);
    ASSERT_EQ(apart.rows.size(), 1u);
    const std::vector<Digit>& digits = apart.rows[0].digits;
    ASSERT_GE(digits.size(), 4u);

    int read = 0, pairs = 0;
    for (std::size_t i = 0; i + 1 < digits.size(); ++i) {
        const auto mask_of = [&](const Digit& digit) {
            const Box& b = digit.box;
            const int r = static_cast<int>(trace.photo.reduction);
            return cv::Mat(trace.ink.mask(cv::Rect(b.x / r, b.y / r, b.w / r, b.h / r)));
        };
        const cv::Mat left = mask_of(digits[i]), right = mask_of(digits[i + 1]);
        const int height = std::max(left.rows, right.rows);
        cv::Mat ink(height + 40, left.cols + right.cols + 40, CV_8U, cv::Scalar(0));
        left.copyTo(ink(cv::Rect(20, 20 + (height - left.rows) / 2, left.cols, left.rows)));
        cv::Mat labels;
        for (int x = 20 + left.cols; x > 20; --x) {  // from apart until they are one piece
            cv::Mat both = ink.clone();
            cv::Mat place = both(cv::Rect(x, 20 + (height - right.rows) / 2, right.cols, right.rows));
            cv::max(place, right, place);
            if (cv::connectedComponents(both, labels) > 2) continue;
            ink = both;
            break;
        }
        ASSERT_EQ(cv::connectedComponents(ink, labels), 2);
        const Reading touching =
            read_photo(test::encode_png(255 - ink), "touching", {{*engine, score_meaning(weights)}});
        const std::string expected{digits[i].digit, digits[i + 1].digit};
        ++pairs;
        if (touching.rows.size() == 1 && touching.rows[0].text == expected) ++read;
    }
    EXPECT_GE(read, pairs - 1) << "of " << pairs;
}

}  // namespace
}  // namespace chiffre
