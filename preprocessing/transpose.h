// transpose.h -- a picture of bytes with rows for columns: OpenCV 4.6 moves single bytes, this eight by eight at once.
#pragma once

#include <opencv2/core.hpp>

namespace chiffre {

// picture: CV_8UC1.
cv::Mat transposed(const cv::Mat& picture);

}  // namespace chiffre
