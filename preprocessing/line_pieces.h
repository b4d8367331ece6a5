// line_pieces.h -- part of segment: what is left of lines, boxes and combs once the lines that were found are gone.
#pragma once

#include "components.h"

namespace chiffre {

// One flag for each of the components: whether it is a piece of a line (its ink lies where one runs), the side of a box
// (a straight bar as thin as the lines that spans two of them) or a tooth of a comb (one of several such bars, alike,
// that stand on one line). bands: Lines::bands; labels: as components() leaves them.
std::vector<char> line_pieces(const std::vector<Component>& all, const cv::Mat& labels, const cv::Mat& bands);

// One flag for each of the components: whether it is one of several dashes on one near-horizontal line, of which at
// least one is longer than a digit is high: what is left of a box or a ruled line that is faint or was cut up.
std::vector<char> dashes_of_lines(const std::vector<Component>& all, double digit_height_px);

}  // namespace chiffre
