// glance_test.cpp -- marks turned by their boxes and tiles are those of the turned page; scores are made by hand.
#include "glance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace chiffre {
namespace {

// Two rows of four figures that look different any way up.
Ink page() {
    cv::Mat grey(300, 420, CV_8UC1, cv::Scalar(220));
    for (int row = 0; row < 2; ++row)
        for (int i = 0; i < 4; ++i)
            cv::putText(grey, row == 0 ? "7" : "4", {40 + 90 * i, 100 + 120 * row}, cv::FONT_HERSHEY_SIMPLEX, 2.4, 40,
                        8);
    return binarize(grey);
}

bool comes_first(const Mark& a, const Mark& b) {
    return a.box.y != b.box.y ? a.box.y < b.box.y : a.box.x < b.box.x;
}

TEST(TurnedBoxes, AreThoseOfTheTurnedPage) {
    const Ink ink = page();
    const Marks marks = segment(ink);
    ASSERT_EQ(marks.marks.size(), 8u);
    for (int quarters = 0; quarters < kTurns; ++quarters) {
        std::vector<Mark> boxes = turned_boxes(marks, quarters).marks, found = segment(turned(ink, quarters)).marks;
        ASSERT_EQ(found.size(), boxes.size());
        std::sort(boxes.begin(), boxes.end(), comes_first);
        std::sort(found.begin(), found.end(), comes_first);
        for (std::size_t i = 0; i < boxes.size(); ++i) {
            EXPECT_EQ(boxes[i].box, found[i].box) << quarters;
            EXPECT_EQ(boxes[i].area_px, found[i].area_px);
        }
        EXPECT_EQ(turned_boxes(marks, quarters).digit_height_px, segment(turned(ink, quarters)).digit_height_px);
    }
}

TEST(TurnedTile, IsThatOfTheTurnedMark) {
    const Ink ink = page();
    const Marks marks = segment(ink);
    ASSERT_FALSE(marks.pieces.empty());
    const std::vector<Tile> tiles = tiles_of_all_ways(ink, marks, {});
    ASSERT_EQ(tiles.size(), kTurns * marks.marks.size());
    for (int quarters = 0; quarters < kTurns; ++quarters) {
        const Ink lying = turned(ink, quarters);
        const Marks found = segment(lying, {.cuts = false});
        for (std::size_t i = 0; i < marks.marks.size(); ++i) {
            const cv::Rect box = turned_boxes(marks, quarters).marks[i].box;
            const auto same =
                std::find_if(found.marks.begin(), found.marks.end(), [&](const Mark& mark) { return mark.box == box; });
            ASSERT_NE(same, found.marks.end());
            const auto id = static_cast<int>(same - found.marks.begin());
            const Tile anew = normalize(lying, found, {0, 1, box, same->area_px, 1, false, false, false, {id}});
            const Tile& own = tiles[static_cast<std::size_t>(quarters) * marks.marks.size() + i];
            int most = 0;
            for (std::size_t p = 0; p < own.ink.size(); ++p) most = std::max(most, std::abs(own.ink[p] - anew.ink[p]));
            EXPECT_LE(most, 2) << quarters;
        }
    }
}

TEST(Glance, SeesTheWayUpThatReads) {
    const Marks marks = segment(page());
    constexpr ScoreMeaning kPlain{};
    constexpr Scores kSeven{0, 0, 0, 0, 0, 0, 0, 9, 0, 0}, kAnything{};
    for (int reads = 0; reads < kTurns; ++reads) {
        std::vector<Scores> scores(kTurns * marks.marks.size(), kAnything);
        std::fill_n(scores.begin() + reads * static_cast<int>(marks.marks.size()), marks.marks.size(), kSeven);
        const std::array<float, kTurns> evidence = evidence_of_all_ways(marks, scores, kPlain, {}, {});
        EXPECT_EQ(decide(evidence).quarters, reads);
        EXPECT_EQ(ways_worth_trying(evidence), reads == 0 ? std::vector<int>{} : std::vector<int>{reads});
    }
    const std::vector<Scores> nothing(kTurns * marks.marks.size(), kAnything);
    EXPECT_EQ(ways_worth_trying(evidence_of_all_ways(marks, nothing, kPlain, {}, {})), (std::vector{1, 2, 3}));
}

}  // namespace
}  // namespace chiffre
