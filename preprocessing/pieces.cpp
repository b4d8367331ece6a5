// pieces.cpp -- a display's segments are alone on a page as good as never: what tells them from strokes of other marks
// is their company, bars of their kind that lie along and across.
#include "pieces.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace chiffre {
namespace {

constexpr double kBarAspect = 1.7, kLongestBar = 7;  // length to width
constexpr double kBarFill = 0.8;                     // ink per length and width
constexpr double kNeighbourhood = 3;                 // lengths
constexpr std::size_t kLeastSegments = 4;            // a display's 1, twice
constexpr std::size_t kCrossing = 6;                 // one in so many neighbours lies across
constexpr double kAcross = 0.87;                     // sine of the least angle between two that do
constexpr double kSegments = 2.7;                    // lengths: height of a digit, gaps and thickness included
constexpr int kLeastSegment_px = 8;                  // pixels of ink
constexpr double kDot = 2.6;                         // strokes: a shorter piece is a dot; a disc and a square have two

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

Piece measure(const Component& c, const cv::Mat& labels) {
    Piece piece{c.box, stroke_px(c, labels)};
    const cv::Moments m = cv::moments(cv::Mat(labels, c.box) == c.label, true);
    const double middle = (m.mu20 + m.mu02) / 2, half = std::hypot((m.mu20 - m.mu02) / 2, m.mu11);
    piece.length_px = std::sqrt(12 * (middle + half) / m.m00 + 1);
    piece.width_px = std::sqrt(12 * std::max(0.0, middle - half) / m.m00 + 1);
    piece.angle = 0.5 * std::atan2(2 * m.mu11, m.mu20 - m.mu02);
    piece.is_bar = piece.length_px > kBarAspect * piece.width_px && piece.length_px < kLongestBar * piece.width_px &&
                   c.area > kBarFill * piece.length_px * piece.width_px;
    return piece;
}

bool is_dot(const Piece& piece) {
    return piece.length_px < kDot * piece.stroke_px;
}

void find_segments(std::vector<Piece>& pieces) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (!pieces[i].is_bar) continue;
        const int reach = static_cast<int>(kNeighbourhood * pieces[i].length_px);
        const cv::Rect own = pieces[i].box;
        const cv::Rect around(own.x - reach, own.y - reach, own.width + 2 * reach, own.height + 2 * reach);
        std::vector<double> lengths;
        std::size_t all = 0, across = 0;
        for (std::size_t j = 0; j < pieces.size(); ++j) {
            if ((pieces[j].box & around).empty() || is_dot(pieces[j])) continue;
            ++all;
            if (!pieces[j].is_bar) continue;
            lengths.push_back(pieces[j].length_px);
            across += std::abs(std::sin(pieces[j].angle - pieces[i].angle)) > kAcross;
        }
        if (lengths.size() >= kLeastSegments && 2 * lengths.size() >= all && kCrossing * across >= all)
            pieces[i].digit_px = kSegments * median(lengths);
    }
}

double segmented_height(const std::vector<Component>& all, const cv::Mat& labels) {
    std::vector<Piece> pieces;
    for (const Component& c : all)
        if (c.area >= kLeastSegment_px) pieces.push_back(measure(c, labels));
    find_segments(pieces);
    std::vector<double> heights;
    for (const Piece& piece : pieces)
        if (piece.digit_px > 0) heights.push_back(piece.digit_px);
    return heights.size() < kLeastSegments ? 0 : median(std::move(heights));
}

}  // namespace chiffre
