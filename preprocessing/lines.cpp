// lines.cpp -- a near-horizontal line is a chain of short vertical runs of ink, one per column, along a straight path.
// Where a stroke crosses the line the run is longer: the chain passes through it and leaves it as it is, so the stroke
// keeps its ink. Vertical lines are the same in the transposed picture.
#include "lines.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace chiffre {
namespace {

constexpr double kThickFactor = 2.0;  // a run longer than this many typical runs crosses the line, it is not part of it
constexpr double kGapShare = 0.12;    // of the least length: the longest stretch a line may be interrupted or crossed
constexpr double kCoverage = 0.55;    // of its columns a line fills at least
constexpr double kSteepest = 0.30;    // dy per dx
constexpr double kReach_px = 1.0;     // from the predicted centre of the next run, beyond half its length
constexpr double kOwnThickness = 1.6;  // a run thicker than this many of its line's runs belongs to a stroke as well
constexpr int kSlopeSpan = 32;         // columns back that predict where the path goes on

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
    double predict(int column) const {
        const Step& end = steps.back();
        const std::size_t back = std::min<std::size_t>(steps.size() - 1, kSlopeSpan);
        const Step& before = steps[steps.size() - 1 - back];
        // Over a short span the pixel grid says more than the slope does: a new path goes on level.
        const double slope = back < 8 ? 0 : (end.run.centre() - before.run.centre()) / (end.column - before.column);
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
                if (taken[i] || run->length() > thickest || std::abs(run->centre() - y) > reach) continue;
                taken[i] = 1;
                path.steps.push_back({x, *run});
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
            if (!taken[i] && runs[x][i].length() <= thickest) active.push_back({{{x, runs[x][i]}}});
    }
    for (Path& path : active) finish(path);
    return lines;
}

int remove_horizontal(cv::Mat& mask, const cv::Mat& columns, const LineRule& rule) {
    const auto runs = column_runs(columns);
    const int thickest = std::max(3, static_cast<int>(kThickFactor * typical_length(runs)));
    const std::vector<Path> lines = find_lines(runs, thickest, rule.least_length_px);
    if (static_cast<int>(lines.size()) < rule.least_count) return 0;
    for (const Path& line : lines) {
        const double own = kOwnThickness * median_thickness(line);
        for (const Step& step : line.steps)
            if (step.run.length() <= own)
                for (int y = step.run.first; y <= step.run.last; ++y) mask.at<std::uint8_t>(y, step.column) = 0;
    }
    return static_cast<int>(lines.size());
}

}  // namespace

int remove_lines(cv::Mat& mask, const LineRule& rule) {
    // Both directions are looked for in the mask as it was, because a grid's lines cross each other.
    const cv::Mat before = mask.clone();
    cv::Mat turned;
    cv::transpose(mask, turned);
    int removed = remove_horizontal(mask, turned, rule);
    cv::transpose(mask, turned);
    removed += remove_horizontal(turned, before, rule);
    cv::transpose(turned, mask);
    return removed;
}

}  // namespace chiffre
