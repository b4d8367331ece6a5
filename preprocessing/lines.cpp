// lines.cpp -- which ink of a line goes: its own runs, not those of the strokes that cross it, and what is left where
// two lines cross.
#include "lines.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "line_paths.h"

namespace chiffre {
namespace {

constexpr double kExtension = 0.5;    // of the least length: as far beyond its ends a line's band goes on
constexpr double kMargin_px = 1.0;    // on either side of a line that is still its band: its edge is not even
constexpr double kStrokeShare = 0.3;  // of a walk round a crossing: with more ink there a stroke lies on it
constexpr int kManyArms = 4;
constexpr int kReducedInk = 100;  // of 255: just under half of a reduced pixel is ink
constexpr int kCourse = 128;      // columns at a line's end that tell where it would go on

std::vector<LinePath> horizontal_lines(const cv::Mat& columns, int least_length_px, const LineRule& rule) {
    LinePaths paths = trace_paths(columns, least_length_px, rule.thickest_px);
    if (static_cast<int>(paths.lines.size()) < rule.least_count) return {};
    grow_lines(paths, least_length_px);
    return std::move(paths.lines);
}

// Clears the line's own runs; where they are thicker a stroke crosses, which keeps its ink.
void clear(cv::Mat& mask, const LinePath& line) {
    const double own = line.own_thickness();
    for (const Step& step : line.steps)
        if (step.run.length() <= own)
            for (int y = step.run.first; y <= step.run.last; ++y) mask.at<std::uint8_t>(y, step.column) = 0;
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
Lines remove_at_scale(cv::Mat& mask, const LineRule& rule) {
    const int bridge = 2 * (rule.bridge_px / 2) + 1;
    cv::Mat bridged, turned;
    cv::morphologyEx(mask, bridged, cv::MORPH_CLOSE, cv::getStructuringElement(cv::MORPH_RECT, {bridge, 1}));
    cv::transpose(bridged, turned);
    const std::vector<LinePath> horizontal = horizontal_lines(turned, rule.least_width_px, rule);
    cv::morphologyEx(mask, bridged, cv::MORPH_CLOSE, cv::getStructuringElement(cv::MORPH_RECT, {1, bridge}));
    const std::vector<LinePath> vertical = horizontal_lines(bridged, rule.least_height_px, rule);
    Lines lines;
    lines.count = static_cast<int>(horizontal.size() + vertical.size());
    if (lines.count == 0) return lines;
    lines.bands = cv::Mat::zeros(mask.size(), CV_8UC1);
    for (const LinePath& line : horizontal) {
        clear(mask, line);
        paint_band(lines.bands, kHorizontalBand, line, rule.least_width_px);
    }
    if (vertical.empty()) return lines;
    cv::Mat turned_bands;
    cv::transpose(mask, turned);
    cv::transpose(lines.bands, turned_bands);
    for (const LinePath& line : vertical) {
        clear(turned, line);
        paint_band(turned_bands, kVerticalBand, line, rule.least_height_px);
    }
    cv::transpose(turned, mask);
    cv::transpose(turned_bands, lines.bands);
    if (!horizontal.empty()) clear_crossings(mask, lines.bands);
    return lines;
}

}  // namespace

Lines remove_lines(cv::Mat& mask, const LineRule& rule) {
    if (rule.reduction <= 1) return remove_at_scale(mask, rule);
    const int by = rule.reduction;
    cv::Mat small, before, gone;
    cv::resize(mask, small, {(mask.cols + by - 1) / by, (mask.rows + by - 1) / by}, 0, 0, cv::INTER_AREA);
    small = small > kReducedInk;
    before = small.clone();
    Lines lines = remove_at_scale(small, {rule.least_width_px / by, rule.least_height_px / by, rule.least_count,
                                          rule.bridge_px / by, rule.thickest_px / by, 1});
    if (lines.count == 0) return lines;
    cv::resize(before & ~small, gone, mask.size(), 0, 0, cv::INTER_NEAREST);
    mask.setTo(0, gone);
    cv::resize(lines.bands, lines.bands, mask.size(), 0, 0, cv::INTER_NEAREST);
    return lines;
}

}  // namespace chiffre
