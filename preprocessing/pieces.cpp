// pieces.cpp -- a display's segments are alone on a page as good as never: what tells them from strokes of other marks
// is their company, bars of their kind that lie along and across.
#include "pieces.h"

#include <algorithm>
#include <cmath>

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

// Central, of second order.
struct Moments {
    double xx, xy, yy;
};
Moments moments_of(const Component& c) {
    // From the box's corner, where the sums are small enough to be exact.
    const std::int64_t n = c.area, left = c.box.x, top = c.box.y;
    const std::int64_t x = c.form.x - n * left, y = c.form.y - n * top;
    const std::int64_t xx = c.form.xx - 2 * left * c.form.x + n * left * left;
    const std::int64_t yy = c.form.yy - 2 * top * c.form.y + n * top * top;
    const std::int64_t xy = c.form.xy - left * c.form.y - top * c.form.x + n * left * top;
    const auto central = [n](std::int64_t product, std::int64_t a, std::int64_t b) {
        return static_cast<double>(product) - static_cast<double>(a) * static_cast<double>(b) / static_cast<double>(n);
    };
    return {central(xx, x, x), central(xy, x, y), central(yy, y, y)};
}

}  // namespace

Piece measure(const Component& c, const cv::Mat& labels) {
    Component measured = c;
    measured.form = form_of(c, labels);
    Piece piece{c.box, stroke_px(measured, labels)};
    const Moments m = moments_of(measured);
    const double middle = (m.xx + m.yy) / 2, half = std::hypot((m.xx - m.yy) / 2, m.xy);
    piece.length_px = std::sqrt(12 * (middle + half) / c.area + 1);
    piece.width_px = std::sqrt(12 * std::max(0.0, middle - half) / c.area + 1);
    piece.angle = 0.5 * std::atan2(2 * m.xy, m.xx - m.yy);
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
