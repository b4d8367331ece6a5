// turn.h -- a picture turned by quarters, for pages that were photographed sideways without a hint in the file.
#pragma once

#include <opencv2/core.hpp>

#include "stages.h"

namespace chiffre {

inline constexpr int kTurns = 4;

// Clockwise by so many quarters, 0 to 3. What is turned by none shares its pixels with the original.
cv::Mat turned(const cv::Mat& picture, int quarters);
// Lines::bands: what ran across runs down where the quarters are odd.
cv::Mat turned_bands(const cv::Mat& bands, int quarters);
Ink turned(const Ink& ink, int quarters);
// About the digit's centre of mass.
Tile turned(const Tile& tile, int quarters);
// Uncut marks of which only box and ink are known, and how high they typically are: enough to find rows.
Marks turned_boxes(const Marks& marks, int quarters);

}  // namespace chiffre
