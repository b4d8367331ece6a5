// line_pieces.cpp -- a 1 is a straight bar as well: what tells is that it stands with its ends on lines, is no thicker
// than they are, and has company of its own kind.
#include "line_pieces.h"

#include <algorithm>
#include <cmath>

#include "lines.h"

namespace chiffre {
namespace {

constexpr double kInBand = 0.7;       // of a piece's ink lies where one line runs: it is a piece of that line
constexpr double kStraight = 1.6;     // of its thickness: a straight bar's box is no wider ...
constexpr double kMostLeaning = 0.3;  // ... but for its lean, which is no more than a line's may be
constexpr double kLeaning = 0.06;     // dx per dy off the picture's upright or a right angle to its line ...
constexpr double kSkew = 0.2;         // ... in perspective, of a comb whose teeth all end on two lines
constexpr double kBarAspect = 3;      // length to thickness of a bar, at least
constexpr double kAsThin = 1.5;       // of the line's thickness: a bar of the same box is no thicker
constexpr double kSameLength = 0.15;  // of a tooth's length: others of its comb differ by no more
constexpr int kTeeth = 3;             // a comb has as many on a line
constexpr double kSameLine = 0.5;     // of a tooth's length: feet on one line differ by no more

// Dashes of a line that is broken, in heights of the page's digits.
constexpr double kFlatDash = 0.2;     // no dash is higher ...
constexpr double kDashAspect = 1.5;   // ... and each this many times wider than high ...
constexpr double kSolidDash = 0.6;    // ... and filled so far
constexpr double kLongDash = 1.0;     // one of them is longer than a bar of a digit, ...
constexpr double kLeastLength = 2.5;  // ... all together are as long, ...
constexpr std::size_t kLeastDashes = 3;
constexpr double kSlope = 0.02;  // ... and they lie on one line: dy per dx, beyond the thickness of the thicker one

bool is_in_band(const Component& c, const cv::Mat& labels, const cv::Mat& bands) {
    int in_horizontal = 0, in_vertical = 0;
    for (int y = c.box.y; y < c.box.br().y; ++y) {
        const int* label = labels.ptr<int>(y);
        const std::uint8_t* band = bands.ptr(y);
        for (int x = c.box.x; x < c.box.br().x; ++x) {
            if (label[x] != c.label) continue;
            in_horizontal += (band[x] & kHorizontalBand) != 0;
            in_vertical += (band[x] & kVerticalBand) != 0;
        }
    }
    return std::max(in_horizontal, in_vertical) > kInBand * c.area;
}

struct Rows {
    int first = 0, last = -1;
    int height() const { return last - first + 1; }
    double centre() const { return 0.5 * (first + last); }
};

// The rows of the horizontal band that column x meets within `reach` of y, of the highest one; no rows where there is
// none.
Rows band_rows(const cv::Mat& bands, int x, int y, int reach) {
    const auto is_band = [&](int row) { return (bands.at<std::uint8_t>(row, x) & kHorizontalBand) != 0; };
    Rows highest;
    for (int row = std::max(0, y - reach); row <= std::min(bands.rows - 1, y + reach); ++row) {
        if (!is_band(row)) continue;
        Rows rows{row, row};
        while (rows.first > 0 && is_band(rows.first - 1)) --rows.first;
        while (rows.last + 1 < bands.rows && is_band(rows.last + 1)) ++rows.last;
        if (rows.height() > highest.height()) highest = rows;
    }
    return highest;
}

// dy per dx of the band that has these rows in column x, over up to `span` columns on either side.
double band_slope(const cv::Mat& bands, const Rows& rows, int x, int span) {
    Rows ends[2] = {rows, rows};
    int columns[2] = {x, x};
    for (const int side : {0, 1})
        for (int step = 1; step <= span; ++step) {
            const int column = x + (side ? step : -step);
            if (column < 0 || column >= bands.cols) break;
            const Rows next = band_rows(bands, column, static_cast<int>(ends[side].centre()), 1);
            if (next.height() == 0) break;
            ends[side] = next;
            columns[side] = column;
        }
    return (ends[1].centre() - ends[0].centre()) / std::max(1, columns[1] - columns[0]);
}

// dx per dy: how far the middle of the lower half of a piece lies from that of the upper one.
double lean_of(const Component& c, const cv::Mat& labels) {
    double sum[2] = {0, 0};
    int count[2] = {0, 0};
    for (int y = c.box.y; y < c.box.br().y; ++y) {
        const int half = 2 * (y - c.box.y) >= c.box.height;
        for (int x = c.box.x; x < c.box.br().x; ++x)
            if (labels.at<int>(y, x) == c.label) sum[half] += x, ++count[half];
    }
    return (sum[1] / std::max(1, count[1]) - sum[0] / std::max(1, count[0])) / (0.5 * c.box.height);
}

struct Bar {
    std::size_t component;
    cv::Rect box;
    double lean;
    bool on_two_lines, is_skewed;
};

// Upright bars that meet a horizontal line with an end, at about a right angle.
std::vector<Bar> bars_at_lines(const std::vector<Component>& all, const cv::Mat& labels, const cv::Mat& bands) {
    std::vector<Bar> bars;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const cv::Rect& box = all[i].box;
        const double thickness = static_cast<double>(all[i].area) / box.height;
        if (box.height < kBarAspect * thickness || box.width > kStraight * thickness + kMostLeaning * box.height)
            continue;
        const int reach = 2 + static_cast<int>(thickness);
        const double lean = lean_of(all[i], labels), half = 0.5 * lean * box.height;
        const double x = box.x + 0.5 * box.width;
        const int top = std::clamp(static_cast<int>(x - half), 0, bands.cols - 1);
        const int foot = std::clamp(static_cast<int>(x + half), 0, bands.cols - 1);
        const Rows above = band_rows(bands, top, box.y, reach), below = band_rows(bands, foot, box.br().y - 1, reach);
        const Rows& line = below.height() > above.height() ? below : above;
        const double line_px = std::max(1, line.height() - 2);  // a band has a margin on both sides
        if (line.height() == 0 || thickness > kAsThin * line_px) continue;
        const double upright = -band_slope(bands, line, &line == &below ? foot : top, box.height);
        const bool on_two = above.height() > 0 && below.height() > 0;
        const double off =
            std::min(std::abs(lean - upright), std::abs(lean)) - (kStraight - 1) * thickness / box.height;
        if (box.width > kStraight * thickness + (std::abs(lean) + kLeaning) * box.height ||
            off > (on_two ? kSkew : kLeaning))
            continue;
        bars.push_back({i, box, lean, on_two, off > kLeaning});
    }
    return bars;
}

bool are_alike(const Bar& a, const Bar& b) {
    const int length = std::max(a.box.height, b.box.height);
    return std::abs(a.box.height - b.box.height) <= std::max(1.0, kSameLength * length) &&
           std::abs(a.box.br().y - b.box.br().y) <= kSameLine * length && std::abs(a.lean - b.lean) <= kLeaning &&
           (a.on_two_lines || !b.is_skewed);
}

bool is_dash(const Component& c, double height) {
    return c.box.height <= kFlatDash * height && c.box.width >= kDashAspect * c.box.height && fill(c) >= kSolidDash;
}

bool are_in_line(const cv::Rect& a, const cv::Rect& b) {
    const double apart = 0.5 * std::abs(2 * a.y + a.height - 2 * b.y - b.height);
    const int gap = std::max({0, a.x - b.br().x, b.x - a.br().x});
    return apart <= std::max(a.height, b.height) + kSlope * gap;
}

}  // namespace

std::vector<char> dashes_of_lines(const std::vector<Component>& all, double digit_height_px) {
    std::vector<char> pieces(all.size(), 0);
    std::vector<std::size_t> dashes;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (is_dash(all[i], digit_height_px)) dashes.push_back(i);
    for (const std::size_t leader : dashes) {
        if (all[leader].box.width < kLongDash * digit_height_px) continue;
        std::vector<std::size_t> line;
        double length = 0;
        for (const std::size_t i : dashes)
            if (are_in_line(all[leader].box, all[i].box)) {
                line.push_back(i);
                length += all[i].box.width;
            }
        if (line.size() < kLeastDashes || length < kLeastLength * digit_height_px) continue;
        for (const std::size_t i : line) pieces[i] = 1;
    }
    return pieces;
}

std::vector<char> line_pieces(const std::vector<Component>& all, const cv::Mat& labels, const cv::Mat& bands) {
    std::vector<char> pieces(all.size(), 0);
    if (bands.empty()) return pieces;
    for (std::size_t i = 0; i < all.size(); ++i) pieces[i] = is_in_band(all[i], labels, bands);
    const std::vector<Bar> bars = bars_at_lines(all, labels, bands);
    for (const Bar& bar : bars) {
        const auto alike =
            std::count_if(bars.begin(), bars.end(), [&](const Bar& other) { return are_alike(bar, other); });
        if ((bar.on_two_lines && !bar.is_skewed) || alike >= kTeeth) pieces[bar.component] = 1;
    }
    return pieces;
}

}  // namespace chiffre
