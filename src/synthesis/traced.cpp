// traced.cpp -- a small grey picture holds its outline to a fraction of a pixel: enlarged smoothly, it is followed
// where it is half as dark as full ink.
#include "synthesis/traced.h"

#include <algorithm>
#include <numeric>
#include <opencv2/imgproc.hpp>

namespace chiffre::synthesis {

namespace {

constexpr int kEnlarged = 8;           // times
constexpr double kSmooth_px = 0.45;    // of the tile: takes the steps of its pixels away, not its bends
constexpr double kHalf = 110;          // level of the outline; strokes of a pixel hardly reach full ink
constexpr double kLeastArea_px = 1;    // of the tile: smaller outlines are crumbs
constexpr double kStraight_px = 0.04;  // of the tile: how far a straight piece may leave the outline
constexpr float kPenReach = 0.05f;     // of all digits of a kind, to both sides: could be of the same pen

struct Traced {
    std::vector<Outline> outlines;
    double stroke = 0;
};

Traced trace(const Tile& tile) {
    const cv::Mat ink(kTileSide, kTileSide, CV_8UC1, const_cast<std::uint8_t*>(tile.ink.data()));
    cv::Mat large;
    cv::resize(ink, large, {}, kEnlarged, kEnlarged, cv::INTER_CUBIC);
    cv::GaussianBlur(large, large, {}, kSmooth_px * kEnlarged);
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(large >= kHalf, contours, cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
    Traced traced;
    double area = 0, length = 0;
    for (const auto& contour : contours) {
        const double signed_area = cv::contourArea(contour, true);
        if (std::abs(signed_area) < kLeastArea_px * kEnlarged * kEnlarged) continue;
        area += signed_area;  // holes run the other way round
        length += cv::arcLength(contour, true);
        std::vector<cv::Point> corners;
        cv::approxPolyDP(contour, corners, kStraight_px * kEnlarged, true);
        if (corners.size() < 3) continue;
        Outline outline;
        for (const cv::Point& corner : corners)
            outline.emplace_back(static_cast<float>(corner.x), static_cast<float>(corner.y));
        traced.outlines.push_back(std::move(outline));
    }
    if (traced.outlines.empty()) return traced;
    const cv::Rect2f box = ink_box(Shape{{}, traced.outlines});
    const float scale = 1 / std::max(box.width, box.height);
    traced.outlines =
        placed(Shape{{}, std::move(traced.outlines)}, scale, {-scale * box.x, 1 - scale * box.br().y}).outlines;
    traced.stroke = std::abs(area) / std::max(length, 1.0);
    return traced;
}

}  // namespace

TracedDigits trace_digits(std::span<const Tile> tiles, std::span<const std::uint8_t> labels) {
    std::array<std::vector<Traced>, 10> all;
    for (std::size_t i = 0; i < tiles.size(); ++i)
        if (Traced traced = trace(tiles[i]); !traced.outlines.empty()) all[labels[i]].push_back(std::move(traced));
    TracedDigits digits;
    for (std::size_t digit = 0; digit < all.size(); ++digit) {
        std::stable_sort(all[digit].begin(), all[digit].end(),
                         [](const Traced& a, const Traced& b) { return a.stroke < b.stroke; });
        for (Traced& traced : all[digit]) digits.outlines[digit].push_back(std::move(traced.outlines));
    }
    return digits;
}

Script traced_script(Script script, const TracedDigits& traced, const Hand& hand, Random choice) {
    const float spacing = script.spacing, pen = choice.uniform(kPenReach, 1 - kPenReach), wobble = hand.size_wobble;
    const float lift = hand.baseline_wobble;
    return {[script = std::move(script), &traced, pen, wobble, lift, choice](char character, Random& random) mutable {
                Sign sign = script.draw(character, random);
                if (character < '0' || character > '9') return sign;
                const auto& digits = traced.outlines[static_cast<std::size_t>(character - '0')];
                const float place = pen + choice.symmetric(kPenReach);
                const auto at =
                    std::min(static_cast<std::size_t>(place * static_cast<float>(digits.size())), digits.size() - 1);
                const float scale = 1 + choice.symmetric(3 * wobble);
                const float shift = choice.symmetric(2 * lift);
                return Sign{placed(Shape{{}, digits[at]}, scale, {0, 1 - scale + shift}), 0};
            },
            spacing};
}

}  // namespace chiffre::synthesis
