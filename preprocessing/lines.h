// lines.h -- part of segment: takes long thin straight lines (ruling, tables, form boxes) out of an ink mask without
// cutting the strokes that cross them.
#pragma once

#include <opencv2/core.hpp>

namespace chiffre {

struct LineRule {
    int least_width_px = 0;   // a near-horizontal line is at least as long
    int least_height_px = 0;  // a near-vertical line is at least as long
    int least_count = 1;      // fewer lines of one direction than this are left
    int bridge_px = 0;        // gaps this long in a dotted or grainy line are closed before it is looked for
    int thickest_px = 0;      // no line is thicker than this and than twice the usual run of ink
    int reduction = 1;        // lines are looked for in a mask this many times smaller
};

struct Lines {
    int count = 0;
    cv::Mat bands;  // CV_8UC1 of the mask's size, empty where count is 0: kHorizontalBand and kVerticalBand where a
                    // line or its extension runs
};
constexpr std::uint8_t kHorizontalBand = 1, kVerticalBand = 2;

// Clears in `mask` (CV_8UC1, 0 or 255) the near-horizontal and near-vertical lines that meet the rule, and where two
// of them cross. Ink that is deeper than its line is there, by `loss` (CV_8UC1, as light_loss returns it), is a
// stroke's and stays; it is in no band where the writing as a whole is deeper than the lines.
Lines remove_lines(cv::Mat& mask, const cv::Mat& loss, const LineRule& rule);

}  // namespace chiffre
