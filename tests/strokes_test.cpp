// strokes_test.cpp -- pairs of digits that no way from top to bottom parts.
#include "strokes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "cut.h"

namespace chiffre {
namespace {

constexpr double kPen_px = 6, kHeight_px = 70;
const cv::Size kSide(140, 100);

cv::Mat drawn(const std::vector<std::vector<cv::Point>>& lines) {
    cv::Mat mask(kSide, CV_8UC1, cv::Scalar(0));
    cv::polylines(mask, lines, false, cv::Scalar(255), static_cast<int>(kPen_px));
    return mask;
}

cv::Mat ring(cv::Point middle, cv::Size axes) {
    cv::Mat mask(kSide, CV_8UC1, cv::Scalar(0));
    cv::ellipse(mask, middle, axes, 0, 0, 360, cv::Scalar(255), static_cast<int>(kPen_px));
    return mask;
}

// The best of the candidates that the two digits on each other have, for each of the two: ink of both over ink of
// either.
std::vector<double> best_matches(const cv::Mat& left, const cv::Mat& right) {
    Ink ink;
    ink.strength = ink.mask = left | right;
    Marks marks;
    ink.mask.convertTo(marks.labels, CV_32S, 1.0 / 255);
    marks.marks.push_back({cv::boundingRect(ink.mask), cv::countNonZero(ink.mask), 1});
    marks.digit_height_px = static_cast<float>(kHeight_px);
    propose_cuts(marks, ink, 1);
    std::vector<double> best(2);
    for (const MarkRow& row : order(marks))
        for (const Candidate& candidate : row.candidates) {
            cv::Mat own(kSide, CV_8UC1, cv::Scalar(0));
            for (const int id : candidate.marks) own |= marks.labels == marks.at(id).label;
            EXPECT_EQ(cv::countNonZero(own), candidate.ink_px);
            EXPECT_EQ(cv::boundingRect(own), candidate.box);
            for (const bool is_right : {false, true}) {
                const cv::Mat& digit = is_right ? right : left;
                const double both = cv::countNonZero(own & digit), either = cv::countNonZero(own | digit);
                best[is_right] = std::max(best[is_right], both / either);
            }
        }
    return best;
}

constexpr double kMatches = 0.9;

// Seams have 0.88 of the 8 at best, 0.82 of the 0.
TEST(Strokes, AWallIsOfBothDigits) {
    const cv::Mat eight = ring({45, 32}, {17, 17}) | ring({45, 66}, {19, 17}), zero = ring({78, 50}, {18, 35});
    const std::vector<double> best = best_matches(eight, zero);
    EXPECT_GE(best[0], kMatches);
    EXPECT_GE(best[1], kMatches);
}

// The foot of the 2 begins left of that of the 1. Seams have 0.77 of the 2 at best.
TEST(Strokes, AFootReachesUnderItsNeighbour) {
    const cv::Mat one = drawn({{{36, 30}, {56, 16}, {36, 84}}});
    const cv::Mat two = drawn({{{60, 34}, {72, 18}, {88, 22}, {88, 38}, {30, 84}, {92, 84}}});
    EXPECT_GE(best_matches(one, two)[1], kMatches);
}

// 3 and 9. Seams have 0.81 of the one at best, 0.65 of the other.
TEST(Strokes, ABarRunsIntoABow) {
    const cv::Mat three = drawn({{{24, 18}, {58, 18}, {40, 44}, {54, 56}, {50, 76}, {20, 80}}});
    const cv::Mat nine = ring({66, 34}, {14, 17}) | drawn({{{80, 30}, {66, 84}}});
    const std::vector<double> best = best_matches(three, nine);
    EXPECT_GE(best[0], kMatches);
    EXPECT_GE(best[1], kMatches);
}

TEST(Strokes, OfOneStrokeThereIsNothingToShareOut) {
    EXPECT_TRUE(find_strokes(drawn({{{20, 20}, {60, 20}}}), kPen_px).splits.empty());
    EXPECT_TRUE(find_strokes(cv::Mat(kSide, CV_8UC1, cv::Scalar(255)), 100).splits.empty());
    EXPECT_TRUE(find_strokes(cv::Mat(3, 3, CV_8UC1, cv::Scalar(255)), 2).splits.empty());
}

TEST(Strokes, SplitsPartWhatTheyDealOut) {
    const cv::Mat pair = ring({40, 50}, {20, 35}) | ring({80, 50}, {20, 35});
    const Strokes strokes = find_strokes(pair, kPen_px);
    ASSERT_FALSE(strokes.splits.empty());
    EXPECT_EQ(strokes.labels.size(), pair.size());
    const auto stroke_at = [&](int x, int y) { return strokes.labels.at<std::uint8_t>(y, x); };
    const StrokeSplit& best = strokes.splits.front();
    EXPECT_EQ(best.left >> stroke_at(20, 50) & 1, 1u);
    EXPECT_EQ(best.left >> stroke_at(100, 50) & 1, 0u);
    for (const StrokeSplit& split : strokes.splits) EXPECT_EQ(split.both & ~split.left, 0u);
}

}  // namespace
}  // namespace chiffre
