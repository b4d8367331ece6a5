// lines.h -- part of segment: takes long thin straight lines (ruling, tables, form boxes) out of an ink mask without
// cutting the strokes that cross them.
#pragma once

#include <opencv2/core.hpp>

namespace chiffre {

struct LineRule {
    int least_length_px = 0;
    int least_count = 1;  // fewer lines of one direction than this are left
};

// Clears in `mask` (CV_8UC1, 0 or 255) the near-horizontal and near-vertical lines that meet the rule. Returns
// how many.
int remove_lines(cv::Mat& mask, const LineRule& rule);

}  // namespace chiffre
