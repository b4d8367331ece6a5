// line_paths.cpp -- tracing from column to column. Where a stroke crosses a line the run is longer: the chain passes
// through it and leaves it as it is, so the stroke keeps its ink.
#include "line_paths.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace chiffre {
namespace {

constexpr double kThickFactor = 2.0;  // a run longer than this many typical runs crosses the line, it is not part of it
constexpr double kGapShare = 0.12;    // of the least length: the longest stretch a line may be interrupted or crossed
constexpr double kCoverage = 0.55;    // of its columns a line fills at least
constexpr double kPieceLength = 0.2;  // of the least length: a shorter path is no piece of a line
constexpr double kPieceCoverage = 0.8;  // of its columns a piece fills at least
constexpr double kSteepest = 0.30;      // dy per dx
constexpr double kBent = 4.0;           // times the least length, or ...
constexpr double kBentPage = 0.6;       // ... this much of the page: a line as long may be bent, as the paper is
constexpr double kReach_px = 1.0;       // from the predicted centre of the next run, beyond half its length
constexpr double kOwnThickness = 1.6;   // a run thicker than this many of its line's runs belongs to a stroke as well
constexpr double kEdge_px = 1.0;        // a thin line's edges fall on one pixel more here and there
constexpr int kYoung = 8;               // steps of a path that do not show its thickness or slope yet
constexpr int kSlopeSpan = 32;          // columns back that predict where the path goes on

int median(std::vector<int> lengths) {
    if (lengths.empty()) return 1;
    const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
    std::nth_element(lengths.begin(), middle, lengths.end());
    return *middle;
}

using Columns = std::vector<std::vector<Run>>;

// Runs of ink of each column.
Columns column_runs(const cv::Mat& columns) {
    Columns runs(columns.rows);
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

int typical_length(const Columns& runs) {
    std::vector<int> lengths;
    for (const auto& column : runs)
        for (const Run& run : column) lengths.push_back(run.length());
    return median(std::move(lengths));
}

double predict(const LinePath& path, int column) {
    const Step& end = path.steps.back();
    const std::size_t back = std::min<std::size_t>(path.steps.size() - 1, kSlopeSpan);
    const Step& before = path.steps[path.steps.size() - 1 - back];
    // Over a short span the pixel grid says more than the slope does: a new path goes on level.
    const double slope = back < kYoung ? 0 : (end.run.centre() - before.run.centre()) / (end.column - before.column);
    return end.run.centre() + slope * (column - end.column);
}

// The thickest run that is still the line's own where its runs are usually this thick.
double own(double usual) {
    return std::max(kOwnThickness * usual, usual + kEdge_px);
}

// Once a path has shown how thick it is, it enters no stroke.
bool is_as_thick(const LinePath& path, const Run& run) {
    const double n = static_cast<double>(path.steps.size());
    if (n < kYoung) return true;
    const double mean = path.ink / n;
    return run.length() <= std::max(3.0, kThickFactor * mean);
}

// Least squares of a straight line through the path, of a parabola through a long one: paper bends. A short path may be
// a digit's arc.
bool is_straight(const LinePath& path, double may_be_bent) {
    const Step &first = path.steps.front(), &last = path.steps.back();
    const double middle = 0.5 * (first.column + last.column), half = std::max(1.0, 0.5 * (last.column - first.column));
    cv::Matx33d products = cv::Matx33d::zeros();
    cv::Vec3d sums(0, 0, 0);
    for (const Step& s : path.steps) {
        const double t = (s.column - middle) / half;
        const cv::Vec3d powers(1, t, t * t);
        products += powers * powers.t();
        sums += s.run.centre() * powers;
    }
    if (path.span() < may_be_bent) {
        products(2, 0) = products(2, 1) = products(0, 2) = products(1, 2) = sums[2] = 0;  // no third coefficient
        products(2, 2) = 1;
    }
    const cv::Vec3d curve = products.solve(sums, cv::DECOMP_CHOLESKY);
    double error = 0;
    for (const Step& s : path.steps) {
        const double t = (s.column - middle) / half;
        error += std::abs(s.run.centre() - curve[0] - t * (curve[1] + t * curve[2]));
    }
    // Paper waves, too: a hundredth of the length is still a ruled line.
    return (std::abs(curve[1]) + 2 * std::abs(curve[2])) / half < kSteepest &&
           error / static_cast<double>(path.steps.size()) < 1.0 + 0.01 * path.span();
}

// Adds to the path the nearest run of column x that continues it.
void extend(LinePath& path, int x, const std::vector<Run>& runs, std::vector<char>& taken, int thickest) {
    const double y = predict(path, x), reach = kReach_px + 0.5 * path.steps.back().run.length();
    auto run = std::lower_bound(runs.begin(), runs.end(), y - reach,
                                [](const Run& r, double value) { return r.last < value; });
    for (; run != runs.end() && run->first <= y + reach; ++run) {
        const std::size_t i = static_cast<std::size_t>(run - runs.begin());
        if (taken[i] || run->length() > thickest || !is_as_thick(path, *run) || std::abs(run->centre() - y) > reach)
            continue;
        taken[i] = 1;
        path.add({x, *run});
        return;
    }
}

}  // namespace

void LinePath::add(const Step& step) {
    steps.push_back(step);
    ink += step.run.length();
}

int LinePath::thickness() const {
    std::vector<int> lengths;
    for (const Step& step : steps) lengths.push_back(step.run.length());
    return median(std::move(lengths));
}

double LinePath::own_thickness() const {
    return own(thickness());
}

double LinePath::slope_at_front(int columns) const {
    const Step& far = steps[std::min<std::size_t>(steps.size() - 1, columns)];
    return (far.run.centre() - steps.front().run.centre()) / std::max(1, far.column - steps.front().column);
}

double LinePath::slope_at_back(int columns) const {
    const Step& far = steps[steps.size() - 1 - std::min<std::size_t>(steps.size() - 1, columns)];
    return (steps.back().run.centre() - far.run.centre()) / std::max(1, steps.back().column - far.column);
}

LinePaths trace_paths(const cv::Mat& columns, int least_length_px, int thickest_px) {
    const Columns runs = column_runs(columns);
    const int thickest = std::max({3, thickest_px, static_cast<int>(kThickFactor * typical_length(runs))});
    const int longest_gap = std::max(4, static_cast<int>(kGapShare * least_length_px));
    const double bent = std::min(kBent * least_length_px, kBentPage * columns.rows);
    std::vector<LinePath> active;
    LinePaths found;
    const auto finish = [&](LinePath& path) {
        const double coverage = static_cast<double>(path.steps.size()) / path.span();
        if (path.span() >= least_length_px) {
            if (coverage >= kCoverage && is_straight(path, bent)) found.lines.push_back(std::move(path));
        } else if (path.span() >= std::max<double>(kYoung, kPieceLength * least_length_px)) {
            if (coverage >= kPieceCoverage && is_straight(path, bent)) found.pieces.push_back(std::move(path));
        }
    };
    for (int x = 0; x < static_cast<int>(runs.size()); ++x) {
        std::vector<char> taken(runs[x].size(), 0);
        for (LinePath& path : active) extend(path, x, runs[x], taken, thickest);
        std::vector<LinePath> still;
        for (LinePath& path : active) {
            if (x - path.steps.back().column > std::min(longest_gap, 3 + path.span()))
                finish(path);
            else
                still.push_back(std::move(path));
        }
        active = std::move(still);
        for (std::size_t i = 0; i < runs[x].size(); ++i)
            if (!taken[i] && runs[x][i].length() <= thickest) active.emplace_back().add({x, runs[x][i]});
    }
    for (LinePath& path : active) finish(path);
    return found;
}

}  // namespace chiffre
