// disc.h -- part of normalize: dilation by a disc, as cv::dilate does it, at a cost that grows with the radius and not
// with its square.
#pragma once

#include <opencv2/core.hpp>

namespace chiffre {

// picture: CV_8UC1. What lies beyond it is paper. The disc is OpenCV's ellipse, 2 * radius + 1 px high and wide.
void dilate_by_disc(cv::Mat& picture, int radius);

}  // namespace chiffre
