// pieces.cpp -- a display's segments are alone on a page as good as never: what tells them from strokes of other marks
// is their company, bars of their kind that lie along and across.
#include "pieces.h"

#include <algorithm>
#include <cmath>

namespace chiffre {
namespace {

constexpr double kBarAspect = 1.25, kLongestBar = 7;  // length to width; upright ones of bold digits are short
constexpr double kBarFill = 0.8;                      // ink per length and width
constexpr double kNeighbourhood = 3;                  // lengths
constexpr std::size_t kLeastSegments = 4;             // a display's 1, twice
constexpr std::size_t kCrossing = 6;                  // one in so many neighbours lies across
constexpr double kAcross = 0.87;                      // sine of the least angle between two that do
constexpr double kUpright = 0.7;                      // sine of the least angle to the line of one that stands
constexpr int kLeastSegment_px = 8;                   // pixels of ink
constexpr double kDot = 2.6;                          // strokes: a shorter piece is a dot; a disc and a square have two

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

// Of a digit with two such segments above each other, between three that lie.
double height_of_two(const Piece& segment) {
    return 2 * segment.length_px + 3 * segment.width_px;
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
        std::vector<double> standing, lying;
        std::size_t all = 0, across = 0;
        for (std::size_t j = 0; j < pieces.size(); ++j) {
            if ((pieces[j].box & around).empty() || is_dot(pieces[j])) continue;
            ++all;
            if (!pieces[j].is_bar) continue;
            (std::abs(std::sin(pieces[j].angle)) > kUpright ? standing : lying).push_back(height_of_two(pieces[j]));
            across += std::abs(std::sin(pieces[j].angle - pieces[i].angle)) > kAcross;
        }
        const std::size_t bars = standing.size() + lying.size();
        if (bars >= kLeastSegments && 2 * bars >= all && kCrossing * across >= all)
            pieces[i].digit_px = median(standing.empty() ? lying : standing);
    }
}

Segments segments_of(const std::vector<Component>& all, const cv::Mat& labels) {
    std::vector<Piece> pieces;
    std::vector<const Component*> measured;
    for (const Component& c : all) {
        if (c.area < kLeastSegment_px) continue;
        pieces.push_back(measure(c, labels));
        measured.push_back(&c);
    }
    find_segments(pieces);
    Segments segments;
    std::vector<double> heights;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (pieces[i].digit_px == 0) continue;
        segments.bars.push_back(measured[i]);
        heights.push_back(pieces[i].digit_px);
    }
    if (heights.size() < kLeastSegments) return {};
    segments.height_px = median(std::move(heights));
    return segments;
}

}  // namespace chiffre
