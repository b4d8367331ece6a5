// traced_test.cpp -- outlines traced from small pictures, painted again beside the pictures they are of.
#include "synthesis/traced.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "training/frame.h"
#include "training/seven_segment.h"

namespace chiffre::synthesis {
namespace {

Tile drawn(int digit, int thickness) {
    Tile tile;
    cv::Mat ink(kTileSide, kTileSide, CV_8UC1, tile.ink.data());
    if (digit == 0)
        cv::ellipse(ink, {16, 16}, {6, 9}, 0, 0, 360, 255, thickness, cv::LINE_AA);
    else
        cv::line(ink, {12, 25}, {20, 6}, 255, thickness, cv::LINE_AA);
    return tile;
}

TEST(Traced, OutlinesAreTheShape) {
    const std::vector<Tile> tiles{drawn(0, 3), drawn(1, 3)};
    const std::vector<std::uint8_t> labels{0, 1};
    const TracedDigits traced = trace_digits(tiles, labels);
    ASSERT_EQ(traced.outlines[0].size(), 1u);
    EXPECT_EQ(traced.outlines[0][0].size(), 2u) << "a ring has a hole";
    EXPECT_EQ(traced.outlines[1][0].size(), 1u);
    for (std::size_t digit : {0u, 1u}) {
        const Shape shape{{}, traced.outlines[digit][0]};
        const cv::Rect2f box = ink_box(shape);
        EXPECT_NEAR(std::max(box.width, box.height), 1, 1e-4);
        EXPECT_NEAR(box.br().y, 1, 1e-4) << "stands on the baseline";
        EXPECT_NEAR(box.x, 0, 1e-4);
        // Painted in the place where it was, it covers the same pixels.
        const cv::Mat was(kTileSide, kTileSide, CV_8UC1, const_cast<std::uint8_t*>(tiles[digit].ink.data()));
        const cv::Rect bounds = cv::boundingRect(was > 110);
        const auto side = static_cast<float>(std::max(bounds.width, bounds.height));
        cv::Mat again = cv::Mat::zeros(was.size(), CV_8UC1);
        render(
            placed(shape, side, {static_cast<float>(bounds.x) - 0.5f, static_cast<float>(bounds.br().y) - 0.5f - side}),
            again);
        const cv::Mat a = was > 127, b = again > 127;
        EXPECT_GT(cv::countNonZero(a & b), 0.85 * cv::countNonZero(a | b)) << digit;
    }
}

TEST(Traced, FinestStrokesComeFirst) {
    const std::vector<Tile> tiles{drawn(0, 5), drawn(0, 1), drawn(0, 3)};
    const std::vector<std::uint8_t> labels{0, 0, 0};
    const TracedDigits traced = trace_digits(tiles, labels);
    std::vector<int> ink;
    for (const auto& outlines : traced.outlines[0]) {
        cv::Mat painted = cv::Mat::zeros(120, 120, CV_8UC1);
        render(placed(Shape{{}, outlines}, 100, {5, 5}), painted);
        ink.push_back(cv::countNonZero(painted > 127));
    }
    ASSERT_EQ(ink.size(), 3u);
    EXPECT_LT(ink[0], ink[1]);
    EXPECT_LT(ink[1], ink[2]);
}

TEST(Traced, AScriptWritesItsDigitsAndLeavesLettersToTheHand) {
    std::vector<Tile> tiles;
    std::vector<std::uint8_t> labels;
    for (int digit = 0; digit < 10; ++digit) {
        Tile tile;
        training::Random random(1, training::Stream::glyphs, 0, static_cast<std::uint32_t>(digit));
        training::frame(training::draw_display_digit(random, digit).view(), training::Frame{}, tile);
        tiles.push_back(tile);
        labels.push_back(static_cast<std::uint8_t>(digit));
    }
    const TracedDigits traced = trace_digits(tiles, labels);
    Random random(1, training::Stream::pages, 0, 0);
    const Hand hand = draw_hand(random);
    const Script script = traced_script(hand_script(hand), traced, hand, Random(2, training::Stream::pages, 0, 0));
    for (char c = '0'; c <= '9'; ++c) {
        const Sign sign = script.draw(c, random);
        EXPECT_TRUE(sign.shape.strokes.empty()) << c;
        EXPECT_FALSE(sign.shape.outlines.empty()) << c;
        const cv::Rect2f box = ink_box(sign.shape);
        EXPECT_NEAR(box.br().y, 1, 0.3) << c;
        EXPECT_NEAR(std::max(box.width, box.height), 1, 0.4) << c;
    }
    EXPECT_FALSE(script.draw('e', random).shape.strokes.empty());
}

}  // namespace
}  // namespace chiffre::synthesis
