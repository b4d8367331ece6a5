// context_test.cpp -- candidates shown where they stand, on marks made by hand.
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "stages.h"

namespace chiffre {
namespace {

constexpr int kPaper = 80;

// Upright bars beside each other, each a mark of its own.
struct Bars {
    explicit Bars(const std::vector<cv::Rect>& boxes, cv::Size size = {200, 200}) {
        ink.strength = cv::Mat::zeros(size, CV_8UC1);
        marks.labels = cv::Mat::zeros(size, CV_32SC1);
        for (const cv::Rect& box : boxes) {
            const int label = static_cast<int>(marks.marks.size()) + 1;
            ink.strength(box) = 255;
            marks.labels(box) = label;
            marks.marks.push_back({box, box.area(), label});
        }
    }
    // Of marks [first, last).
    cv::Mat tile(int first, int last) const {
        Candidate candidate{first, last, {}, 0, last - first};
        for (int i = first; i < last; ++i) {
            candidate.box |= marks.marks[static_cast<std::size_t>(i)].box;
            candidate.marks.push_back(i);
        }
        const Tile shown = frame_in_context(ink, marks, candidate);
        return cv::Mat(kTileSide, kTileSide, CV_8UC1, const_cast<std::uint8_t*>(shown.ink.data())).clone();
    }
    Ink ink;
    Marks marks;
};

int at(const cv::Mat& tile, int x, int y) {
    return tile.at<std::uint8_t>(y, x);
}

TEST(Context, OwnInkIsLighterThanPaperAndOthersDarker) {
    // 32 px high, so that a pixel of the tile is two of the picture; the neighbour begins 16 px to the right.
    const Bars bars({{90, 80, 8, 32}, {114, 80, 8, 32}});
    const cv::Mat tile = bars.tile(0, 1);
    EXPECT_EQ(at(tile, 16, 16), 255);
    EXPECT_EQ(at(tile, 16, 9), 255) << "16 px high, in the middle";
    EXPECT_EQ(at(tile, 16, 23), 255);
    EXPECT_EQ(at(tile, 16, 6), kPaper);
    EXPECT_EQ(at(tile, 16, 26), kPaper);
    EXPECT_EQ(at(tile, 28, 16), 0) << "the neighbour";
    EXPECT_EQ(at(tile, 22, 16), kPaper);
    const cv::Mat both = bars.tile(0, 2);
    EXPECT_EQ(cv::countNonZero(both < kPaper), 0) << "nothing around";
    EXPECT_GT(cv::countNonZero(both > 250), 40);
}

TEST(Context, LooksTheSameAtEverySize) {
    cv::Mat first;
    for (const int unit : {2, 5, 12}) {
        const Bars bars(
            {cv::Rect(20 * unit, 20 * unit, 4 * unit, 16 * unit), cv::Rect(30 * unit, 20 * unit, 4 * unit, 16 * unit)},
            {60 * unit, 60 * unit});
        const cv::Mat tile = bars.tile(0, 1);
        if (first.empty()) first = tile;
        EXPECT_LT(cv::norm(tile, first, cv::NORM_L1) / kTileBytes, 6) << unit;
    }
}

TEST(Context, IsPaperOutsideThePicture) {
    const Bars corner({{0, 0, 8, 32}});
    const cv::Mat tile = corner.tile(0, 1);
    EXPECT_EQ(at(tile, 0, 0), kPaper);
    EXPECT_EQ(at(tile, 16, 16), 255);
}

// Ruled lines are taken out of the marks, and seen here all the same; the soft rim of a stroke is not.
TEST(Context, ShowsInkThatIsNoMarksButNoRims) {
    Bars bars({{90, 80, 8, 32}});
    bars.ink.strength(cv::Rect(0, 120, 200, 4)) = 255;
    bars.ink.strength(cv::Rect(98, 80, 2, 32)) = 90;
    const cv::Mat tile = bars.tile(0, 1);
    EXPECT_EQ(at(tile, 5, 29), 0);
    EXPECT_EQ(at(tile, 18, 16), kPaper);
}

}  // namespace
}  // namespace chiffre
