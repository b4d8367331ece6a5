// lines.cpp -- a near-horizontal line is a chain of short vertical runs of ink, one per column, along a straight path.
// Where a stroke crosses the line the run is longer: the chain passes through it and leaves it as it is, so the stroke
// keeps its ink. Vertical lines are the same in the transposed picture.
#include "lines.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace chiffre {
namespace {

constexpr double kThickFactor = 2.0;  // a run longer than this many typical runs crosses the line, it is not part of it
constexpr double kGapShare = 0.12;    // of the least length: the longest stretch a line may be interrupted or crossed
constexpr double kCoverage = 0.55;    // of its columns a line fills at least
constexpr double kSteepest = 0.30;    // dy per dx
constexpr double kReach_px = 1.0;     // from the predicted centre of the next run, beyond half its length
constexpr double kOwnThickness = 1.6;  // a run thicker than this many of its line's runs belongs to a stroke as well
constexpr double kEdge_px = 1.0;
constexpr int kYoung = 8;           // steps of a path that do not show its thickness or slope yet
constexpr int kSlopeSpan = 32;      // columns back that predict where the path goes on
constexpr double kExtension = 0.5;  // of the least length: as far beyond its ends a line's band goes on
constexpr double kMargin_px = 1.0;  // on either side of a line that is still its band: its edge is not even

struct Run {
    int first, last;  // rows, inclusive
    int length() const { return last - first + 1; }
    double centre() const { return 0.5 * (first + last); }
};

struct Step {
    int column;
    Run run;
};

struct Path {
    std::vector<Step> steps;
    double ink = 0;  // of all steps
    void add(const Step& step) {
        steps.push_back(step);
        ink += step.run.length();
    }
    // Once a path has shown how thick it is, it enters no thicker stroke.
    int thickest(int of_page) const {
        const double n = static_cast<double>(steps.size());
        return n < kYoung ? of_page : std::min(of_page, std::max(3, static_cast<int>(kThickFactor * ink / n)));
    }
    double predict(int column) const {
        const Step& end = steps.back();
        const std::size_t back = std::min<std::size_t>(steps.size() - 1, kSlopeSpan);
        const Step& before = steps[steps.size() - 1 - back];
        // Over a short span the pixel grid says more than the slope does: a new path goes on level.
        const double slope =
            back < kYoung ? 0 : (end.run.centre() - before.run.centre()) / (end.column - before.column);
        return end.run.centre() + slope * (column - end.column);
    }
    int span() const { return steps.back().column - steps.front().column + 1; }
};

// Runs of ink of each column; `rows` is the transposed mask, so that a column is contiguous.
std::vector<std::vector<Run>> column_runs(const cv::Mat& columns) {
    std::vector<std::vector<Run>> runs(columns.rows);
    for (int x = 0; x < columns.rows; ++x) {
        const std::uint8_t* ink = columns.ptr(x);
        for (int y = 0; y < columns.cols;) {
            while (y < columns.cols && !ink[y]) ++y;
            if (y == columns.cols) break;
            const int first = y;
            while (y < columns.cols && ink[y]) ++y;
            runs[x].push_back({first, y - 1});
        }
    }
    return runs;
}

int median(std::vector<int> lengths) {
    if (lengths.empty()) return 1;
    const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
    std::nth_element(lengths.begin(), middle, lengths.end());
    return *middle;
}

int typical_length(const std::vector<std::vector<Run>>& runs) {
    std::vector<int> lengths;
    for (const auto& column : runs)
        for (const Run& run : column) lengths.push_back(run.length());
    return median(std::move(lengths));
}

int median_thickness(const Path& path) {
    std::vector<int> lengths;
    for (const Step& step : path.steps) lengths.push_back(step.run.length());
    return median(std::move(lengths));
}

bool is_straight(const Path& path) {
    double x = 0, y = 0, xx = 0, xy = 0;
    const double n = static_cast<double>(path.steps.size());
    for (const Step& s : path.steps) {
        x += s.column / n;
        y += s.run.centre() / n;
    }
    for (const Step& s : path.steps) {
        xx += (s.column - x) * (s.column - x);
        xy += (s.column - x) * (s.run.centre() - y);
    }
    const double slope = xy / std::max(xx, 1.0);
    double error = 0;
    for (const Step& s : path.steps) error += std::abs(s.run.centre() - y - slope * (s.column - x)) / n;
    // Paper bends: a hundredth of the length is still a ruled line.
    return std::abs(slope) < kSteepest && error < 1.0 + 0.01 * path.span();
}

std::vector<Path> find_lines(const std::vector<std::vector<Run>>& runs, int thickest, int least_length) {
    const int longest_gap = std::max(4, static_cast<int>(kGapShare * least_length));
    std::vector<Path> active, lines;
    const auto finish = [&](Path& path) {
        if (path.span() >= least_length && static_cast<double>(path.steps.size()) >= kCoverage * path.span() &&
            is_straight(path))
            lines.push_back(std::move(path));
    };
    for (int x = 0; x < static_cast<int>(runs.size()); ++x) {
        std::vector<char> taken(runs[x].size(), 0);
        for (Path& path : active) {
            const double y = path.predict(x), reach = kReach_px + 0.5 * path.steps.back().run.length();
            auto run = std::lower_bound(runs[x].begin(), runs[x].end(), y - reach,
                                        [](const Run& r, double value) { return r.last < value; });
            for (; run != runs[x].end() && run->first <= y + reach; ++run) {
                const std::size_t i = static_cast<std::size_t>(run - runs[x].begin());
                if (taken[i] || run->length() > path.thickest(thickest) || std::abs(run->centre() - y) > reach)
                    continue;
                taken[i] = 1;
                path.add({x, *run});
                break;
            }
        }
        std::vector<Path> still;
        for (Path& path : active) {
            if (x - path.steps.back().column > std::min(longest_gap, 3 + path.span()))
                finish(path);
            else
                still.push_back(std::move(path));
        }
        active = std::move(still);
        for (std::size_t i = 0; i < runs[x].size(); ++i)
            if (!taken[i] && runs[x][i].length() <= thickest) active.emplace_back().add({x, runs[x][i]});
    }
    for (Path& path : active) finish(path);
    return lines;
}

std::vector<Path> horizontal_lines(const cv::Mat& columns, int least_length, const LineRule& rule) {
    const auto runs = column_runs(columns);
    const int thickest = std::max({3, rule.thickest_px, static_cast<int>(kThickFactor * typical_length(runs))});
    std::vector<Path> lines = find_lines(runs, thickest, least_length);
    if (static_cast<int>(lines.size()) < rule.least_count) lines.clear();
    return lines;
}

// A thin line's edges fall on one pixel more here and there.
double own_thickness(const Path& line) {
    const int usual = median_thickness(line);
    return std::max(kOwnThickness * usual, usual + kEdge_px);
}

// Clears the line's own runs; where they are thicker a stroke crosses, which keeps its ink.
void clear(cv::Mat& mask, const Path& line) {
    const double own = own_thickness(line);
    for (const Step& step : line.steps)
        if (step.run.length() <= own)
            for (int y = step.run.first; y <= step.run.last; ++y) mask.at<std::uint8_t>(y, step.column) = 0;
}

// Slope over the first or last columns of a line.
double slope_at(const Path& line, bool at_end) {
    const std::size_t span = std::min<std::size_t>(line.steps.size() - 1, 4 * kSlopeSpan);
    const Step& a = at_end ? line.steps[line.steps.size() - 1 - span] : line.steps.front();
    const Step& b = at_end ? line.steps.back() : line.steps[span];
    return (b.run.centre() - a.run.centre()) / std::max(1, b.column - a.column);
}

void paint_band(cv::Mat& bands, std::uint8_t bit, const Path& line, int least_length) {
    const double half = 0.5 * median_thickness(line) + kMargin_px;
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
    const double before = slope_at(line, false), after = slope_at(line, true);
    for (int x = std::max(0, first.column - reach); x < first.column; ++x)
        paint(x, first.run.centre() + before * (x - first.column));
    for (int x = last.column; x < std::min(bands.cols, last.column + reach + 1); ++x)
        paint(x, last.run.centre() + after * (x - last.column));
}

// How many separate pieces of ink a walk round the box meets.
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
    for (std::size_t i = 0; i < ring.size(); ++i)
        if (ring[i] && !ring[i ? i - 1 : ring.size() - 1]) ++count;
    return count;
}

// Where two lines cross, both runs are long and neither line was cleared. What is left there goes, unless a stroke
// runs on at two sides of it.
void clear_crossings(cv::Mat& mask, const cv::Mat& bands) {
    const cv::Mat crossings = (bands == (kHorizontalBand | kVerticalBand)) & mask;
    cv::Mat labels, stats, centroids;
    const int count = cv::connectedComponentsWithStats(crossings, labels, stats, centroids, 8, CV_32S, cv::CCL_GRANA);
    for (int i = 1; i < count; ++i) {
        const int* s = stats.ptr<int>(i);
        const cv::Rect box(s[cv::CC_STAT_LEFT], s[cv::CC_STAT_TOP], s[cv::CC_STAT_WIDTH], s[cv::CC_STAT_HEIGHT]);
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

}  // namespace

Lines remove_lines(cv::Mat& mask, const LineRule& rule) {
    // Both directions are looked for in the mask as it was, because a grid's lines cross each other.
    cv::Mat turned;
    cv::transpose(mask, turned);
    const std::vector<Path> horizontal = horizontal_lines(turned, rule.least_width_px, rule);
    const std::vector<Path> vertical = horizontal_lines(mask, rule.least_height_px, rule);
    Lines lines;
    lines.count = static_cast<int>(horizontal.size() + vertical.size());
    if (lines.count == 0) return lines;
    lines.bands = cv::Mat::zeros(mask.size(), CV_8UC1);
    for (const Path& line : horizontal) {
        clear(mask, line);
        paint_band(lines.bands, kHorizontalBand, line, rule.least_width_px);
    }
    if (vertical.empty()) return lines;
    cv::Mat turned_bands;
    cv::transpose(mask, turned);
    cv::transpose(lines.bands, turned_bands);
    for (const Path& line : vertical) {
        clear(turned, line);
        paint_band(turned_bands, kVerticalBand, line, rule.least_height_px);
    }
    cv::transpose(turned, mask);
    cv::transpose(turned_bands, lines.bands);
    if (!horizontal.empty()) clear_crossings(mask, lines.bands);
    return lines;
}

}  // namespace chiffre
