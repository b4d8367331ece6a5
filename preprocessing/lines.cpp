// lines.cpp -- which ink of a line goes: its own runs, not those of the strokes that cross it, and what is left where
// two lines cross.
#include "lines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "line_paths.h"
#include "transpose.h"

namespace chiffre {
namespace {

constexpr double kExtension = 0.5;    // of the least length: as far beyond its ends a line's band goes on
constexpr double kMargin_px = 1.0;    // on either side of a line that is still its band: its edge is not even
constexpr double kStrokeShare = 0.3;  // of a walk round a crossing: with more ink there a stroke lies on it
constexpr int kManyArms = 4;
constexpr int kReducedInk = 100;      // of 255: just under half of a reduced pixel is ink
constexpr double kOverLine = 1.3;     // times the depth of the line nearby: deeper ink is a stroke's
constexpr std::size_t kStretch = 64;  // columns, thrice, that tell that depth: more than a digit covers
constexpr double kTypical = 0.5;      // of a line's pixels are less deep than the line is ...
constexpr double kDeepest = 0.9;      // ... nearly all of them, but for the strokes that cross it; of the writing's too
constexpr double kWritingOver = 1.25;  // times the deepest of the lines: deeper writing parts from them by depth alone
constexpr double kEdgeOver = 0.4;      // of the way from the line to the writing: the edge of a stroke on the line
constexpr int kCourse = 128;           // columns at a line's end that tell where it would go on

std::vector<LinePath> horizontal_lines(const cv::Mat& columns, int least_length_px, const LineRule& rule) {
    LinePaths paths = trace_paths(columns, least_length_px, rule.thickest_px);
    if (static_cast<int>(paths.lines.size()) < rule.least_count) return {};
    grow_lines(paths, least_length_px);
    return std::move(paths.lines);
}

// Ink deeper than this is none of the line's, by the depth of the line nearby; 255 where that does not tell.
std::vector<int> deepest_own(const cv::Mat& loss, const LinePath& line) {
    std::vector<int> peaks, limits;
    for (const Step& step : line.steps) {
        const std::uint8_t* row = loss.ptr(step.column);
        peaks.push_back(*std::max_element(row + step.run.first, row + step.run.last + 1));
    }
    for (std::size_t first = 0; first < peaks.size(); first += kStretch) {
        const std::size_t from = first < kStretch ? 0 : first - kStretch;
        const std::size_t to = std::min(peaks.size(), first + 2 * kStretch);
        std::vector<int> nearby(peaks.begin() + static_cast<std::ptrdiff_t>(from),
                                peaks.begin() + static_cast<std::ptrdiff_t>(to));
        const auto middle = nearby.begin() + static_cast<std::ptrdiff_t>(nearby.size() / 2);
        std::nth_element(nearby.begin(), middle, nearby.end());
        limits.resize(std::min(peaks.size(), first + kStretch), static_cast<int>(kOverLine * *middle));
    }
    return limits;
}

// Clears the line's own runs; where they are thicker or deeper a stroke crosses, which keeps its ink. loss is
// turned as LinePath is: a row for each column.
void clear(cv::Mat& mask, const cv::Mat& loss, const LinePath& line) {
    const double own = line.own_thickness();
    const std::vector<int> limits = deepest_own(loss, line);
    for (std::size_t i = 0; i < line.steps.size(); ++i) {
        const Step& step = line.steps[i];
        if (step.run.length() > own) continue;
        for (int y = step.run.first; y <= step.run.last; ++y)
            if (loss.at<std::uint8_t>(step.column, y) <= limits[i]) mask.at<std::uint8_t>(y, step.column) = 0;
    }
}

void paint_band(cv::Mat& bands, std::uint8_t bit, const LinePath& line, int least_length) {
    const double half = 0.5 * line.thickness() + kMargin_px;
    const auto paint = [&](int x, double centre) {
        const int first = std::max(0, static_cast<int>(std::ceil(centre - half)));
        const int last = std::min(bands.rows - 1, static_cast<int>(std::floor(centre + half)));
        for (int y = first; y <= last; ++y) bands.at<std::uint8_t>(y, x) |= bit;
    };
    for (std::size_t i = 1; i < line.steps.size(); ++i) {
        const Step &a = line.steps[i - 1], &b = line.steps[i];
        for (int x = a.column; x < b.column; ++x)
            paint(x, a.run.centre() + (b.run.centre() - a.run.centre()) * (x - a.column) / (b.column - a.column));
    }
    const Step &first = line.steps.front(), &last = line.steps.back();
    const int reach = static_cast<int>(kExtension * least_length);
    const double before = line.slope_at_front(kCourse), after = line.slope_at_back(kCourse);
    for (int x = std::max(0, first.column - reach); x < first.column; ++x)
        paint(x, first.run.centre() + before * (x - first.column));
    for (int x = last.column; x < std::min(bands.cols, last.column + reach + 1); ++x)
        paint(x, last.run.centre() + after * (x - last.column));
}

// How many separate pieces of ink a walk round the box meets; many where ink is more than an end that touches it.
int arms(const cv::Mat& mask, const cv::Rect& box) {
    std::vector<char> ring;
    const auto step = [&](int x, int y) {
        const bool inside = x >= 0 && y >= 0 && x < mask.cols && y < mask.rows;
        ring.push_back(inside && mask.at<std::uint8_t>(y, x) ? 1 : 0);
    };
    const int left = box.x - 1, right = box.br().x, top = box.y - 1, bottom = box.br().y;
    for (int x = left; x < right; ++x) step(x, top);
    for (int y = top; y < bottom; ++y) step(right, y);
    for (int x = right; x > left; --x) step(x, bottom);
    for (int y = bottom; y > top; --y) step(left, y);
    int count = 0;
    const auto ink = static_cast<double>(std::count(ring.begin(), ring.end(), 1));
    if (ink > kStrokeShare * static_cast<double>(ring.size())) return kManyArms;
    for (std::size_t i = 0; i < ring.size(); ++i)
        if (ring[i] && !ring[i ? i - 1 : ring.size() - 1]) ++count;
    return count;
}

// Where two lines cross, both runs are long and neither line was cleared. What is left there goes, unless a stroke
// runs on at two sides of it.
void clear_crossings(cv::Mat& mask, const cv::Mat& bands) {
    const cv::Mat crossings = (bands == (kHorizontalBand | kVerticalBand)) & mask;
    // Contours, since labelling a whole picture for a few spots in it takes longer.
    std::vector<std::vector<cv::Point>> spots;
    cv::findContours(crossings, spots, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
    for (const std::vector<cv::Point>& spot : spots) {
        const cv::Rect box = cv::boundingRect(spot);
        // Ink rounds the corners of a crossing.
        const int corner = std::max(box.width, box.height) / 2;
        const cv::Rect wide =
            cv::Rect(box.x - corner, box.y - corner, box.width + 2 * corner, box.height + 2 * corner) &
            cv::Rect({}, mask.size());
        if (arms(mask, wide) == 0)
            mask(wide).setTo(0);
        else if (arms(mask, box) < 2)
            mask(box).setTo(0, crossings(box));
    }
}

// Both directions are looked for in the mask as it was, because a grid's lines cross each other.
Lines remove_at_scale(cv::Mat& mask, const cv::Mat& loss, const LineRule& rule) {
    const int bridge = 2 * (rule.bridge_px / 2) + 1;
    cv::Mat bridged;
    cv::morphologyEx(mask, bridged, cv::MORPH_CLOSE, cv::getStructuringElement(cv::MORPH_RECT, {bridge, 1}));
    const std::vector<LinePath> horizontal = horizontal_lines(transposed(bridged), rule.least_width_px, rule);
    cv::morphologyEx(mask, bridged, cv::MORPH_CLOSE, cv::getStructuringElement(cv::MORPH_RECT, {1, bridge}));
    const std::vector<LinePath> vertical = horizontal_lines(bridged, rule.least_height_px, rule);
    Lines lines;
    lines.count = static_cast<int>(horizontal.size() + vertical.size());
    if (lines.count == 0) return lines;
    lines.bands = cv::Mat::zeros(mask.size(), CV_8UC1);
    const cv::Mat turned_loss = transposed(loss);
    for (const LinePath& line : horizontal) {
        clear(mask, turned_loss, line);
        paint_band(lines.bands, kHorizontalBand, line, rule.least_width_px);
    }
    if (vertical.empty()) return lines;
    cv::Mat turned = transposed(mask), turned_bands = transposed(lines.bands);
    for (const LinePath& line : vertical) {
        clear(turned, loss, line);
        paint_band(turned_bands, kVerticalBand, line, rule.least_height_px);
    }
    mask = transposed(turned);
    lines.bands = transposed(turned_bands);
    if (!horizontal.empty()) clear_crossings(mask, lines.bands);
    return lines;
}

using Histogram = std::array<int, 256>;

int quantile(const Histogram& counts, double share) {
    double below = share * std::accumulate(counts.begin(), counts.end(), 0);
    int level = 0;
    while (level < 255 && (below -= counts[static_cast<std::size_t>(level)]) > 0) ++level;
    return level;
}

// How deep ink is, at least, that is writing and no line, where the writing is deeper than all lines; else 256. On a
// line the line is what paper is elsewhere.
int least_writing(const cv::Mat& ink, const cv::Mat& loss, const cv::Mat& bands) {
    Histogram on_line{}, beside{};
    for (int y = 0; y < ink.rows; ++y) {
        const std::uint8_t *inked = ink.ptr(y), *depth = loss.ptr(y), *band = bands.ptr(y);
        for (int x = 0; x < ink.cols; ++x)
            if (inked[x]) ++(band[x] ? on_line : beside)[depth[x]];
    }
    const int line = quantile(on_line, kTypical), deepest = quantile(on_line, kDeepest);
    const int writing = quantile(beside, kDeepest);
    if (writing <= kWritingOver * deepest) return 256;
    return std::max(deepest, static_cast<int>(line + kEdgeOver * (writing - line)));
}

}  // namespace

Lines remove_lines(cv::Mat& mask, const cv::Mat& loss, const LineRule& rule) {
    const cv::Mat ink = mask.clone();
    const int by = rule.reduction;
    Lines lines;
    if (by <= 1) {
        lines = remove_at_scale(mask, loss, rule);
    } else {
        cv::Mat small, small_loss, before, gone;
        cv::resize(mask, small, {(mask.cols + by - 1) / by, (mask.rows + by - 1) / by}, 0, 0, cv::INTER_AREA);
        small = small > kReducedInk;
        cv::resize(loss, small_loss, small.size(), 0, 0, cv::INTER_AREA);
        before = small.clone();
        lines = remove_at_scale(small, small_loss,
                                {rule.least_width_px / by, rule.least_height_px / by, rule.least_count,
                                 rule.bridge_px / by, rule.thickest_px / by, 1});
        if (lines.count == 0) return lines;
        cv::resize(before & ~small, gone, mask.size(), 0, 0, cv::INTER_NEAREST);
        mask.setTo(0, gone);
        cv::resize(lines.bands, lines.bands, mask.size(), 0, 0, cv::INTER_NEAREST);
    }
    if (lines.count == 0) return lines;
    if (const int least = least_writing(ink, loss, lines.bands); least < 256) {
        mask = ink & ((loss > least) | (lines.bands == 0));
        lines.bands.setTo(0, mask);
    }
    return lines;
}

}  // namespace chiffre
