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
constexpr double kLeaning = 0.06;     // ... but for so much of its length
constexpr double kBarAspect = 3;      // length to thickness of a bar, at least
constexpr double kAsThin = 1.5;       // of the line's thickness: a bar of the same box is no thicker
constexpr double kSameLength = 0.15;  // of a tooth's length: others of its comb differ by no more
constexpr int kTeeth = 3;             // a comb has as many on a line
constexpr double kSameLine = 0.5;     // of a tooth's length: feet on one line differ by no more

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

// Height of the horizontal band that column x meets within the rows around y, 0 where there is none.
int band_height(const cv::Mat& bands, int x, int y, int reach) {
    int height = 0;
    for (int row = std::max(0, y - reach); row <= std::min(bands.rows - 1, y + reach); ++row) {
        if (!(bands.at<std::uint8_t>(row, x) & kHorizontalBand)) continue;
        int first = row, last = row;
        while (first > 0 && (bands.at<std::uint8_t>(first - 1, x) & kHorizontalBand)) --first;
        while (last + 1 < bands.rows && (bands.at<std::uint8_t>(last + 1, x) & kHorizontalBand)) ++last;
        height = std::max(height, last - first + 1);
    }
    return height;
}

struct Bar {
    std::size_t component;
    cv::Rect box;
    bool on_line, under_line;
};

// Upright bars that meet a horizontal line with an end.
std::vector<Bar> bars_at_lines(const std::vector<Component>& all, const cv::Mat& bands) {
    std::vector<Bar> bars;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const cv::Rect& box = all[i].box;
        const double thickness = static_cast<double>(all[i].area) / box.height;
        if (box.height < kBarAspect * thickness || box.width > kStraight * thickness + kLeaning * box.height) continue;
        const int x = box.x + box.width / 2, reach = 2 + static_cast<int>(thickness);
        const int above = band_height(bands, x, box.y, reach), below = band_height(bands, x, box.br().y - 1, reach);
        const double line_px = std::max(1, std::max(above, below) - 2);  // a band has a margin on both sides
        if (std::max(above, below) == 0 || thickness > kAsThin * line_px) continue;
        bars.push_back({i, box, below > 0, above > 0});
    }
    return bars;
}

bool are_alike(const Bar& a, const Bar& b) {
    const int length = std::max(a.box.height, b.box.height);
    return std::abs(a.box.height - b.box.height) <= std::max(1.0, kSameLength * length) &&
           std::abs(a.box.br().y - b.box.br().y) <= kSameLine * length;
}

}  // namespace

std::vector<char> line_pieces(const std::vector<Component>& all, const cv::Mat& labels, const cv::Mat& bands) {
    std::vector<char> pieces(all.size(), 0);
    if (bands.empty()) return pieces;
    for (std::size_t i = 0; i < all.size(); ++i) pieces[i] = is_in_band(all[i], labels, bands);
    const std::vector<Bar> bars = bars_at_lines(all, bands);
    for (const Bar& bar : bars) {
        const auto alike =
            std::count_if(bars.begin(), bars.end(), [&](const Bar& other) { return are_alike(bar, other); });
        if ((bar.on_line && bar.under_line) || alike >= kTeeth) pieces[bar.component] = 1;
    }
    return pieces;
}

}  // namespace chiffre
