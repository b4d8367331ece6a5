// line_paths.h -- part of segment: the paths along which ink may be a near-horizontal line. A path is a chain of short
// vertical runs of ink, at most one per column. Vertical lines are the same in the transposed picture.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace chiffre {

struct Run {
    int first, last;  // rows, inclusive
    int length() const { return last - first + 1; }
    double centre() const { return 0.5 * (first + last); }
};

struct Step {
    int column;
    Run run;
};

struct LinePath {
    std::vector<Step> steps;  // never empty; columns increase
    double ink = 0;           // length of all runs
    void add(const Step& step);
    int span() const { return steps.back().column - steps.front().column + 1; }
    int thickness() const;         // median of the runs
    double own_thickness() const;  // a thicker run belongs to a stroke as well
    // dy per dx over up to `columns` steps at the first or last end.
    double slope_at_front(int columns) const;
    double slope_at_back(int columns) const;
};

struct LinePaths {
    std::vector<LinePath> lines;   // at least as long as asked for
    std::vector<LinePath> pieces;  // shorter, but straight and whole
};

// columns: the mask transposed, so that a column is contiguous. No run is thicker than thickest_px or than twice the
// usual run of ink, whichever is more.
LinePaths trace_paths(const cv::Mat& columns, int least_length_px, int thickest_px);

// Lines go on beyond gaps that no stroke explains, where faint or broken ink lies on their course, and lines of one
// direction stand at even distances: pieces that agree become part of a line or lines of their own.
void grow_lines(LinePaths& paths, int least_length_px);

}  // namespace chiffre
