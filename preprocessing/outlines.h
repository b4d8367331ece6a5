// outlines.h -- digits drawn as an outline, hollow inside: which marks may be some, and the ink with them filled.
#pragma once

#include <span>
#include <vector>

#include "stages.h"

namespace chiffre {

// Of these marks (ids, Marks::at) those that are one closed line around what may be a stroke as wide as a bold digit's.
std::vector<int> outlines_among(const Ink& ink, const Marks& marks, std::span<const int> ids);

// The shape of such a mark, CV_8UC1 as large as its box, 255 inside. What another line encloses inside it, as the holes
// of an 8, is outside.
cv::Mat shape_of(const Ink& ink, const Marks& marks, int id);

// The ink with these marks filled.
Ink filled(const Ink& ink, const Marks& marks, std::span<const int> ids);

}  // namespace chiffre
