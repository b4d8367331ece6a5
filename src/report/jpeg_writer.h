// jpeg_writer.h -- pixels -> JPEG bytes.
#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace chiffre {

// picture: CV_8UC1, or CV_8UC3 in the order red, green, blue, at most 65,500 pixels a side. quality: 1..100.
// Throws std::bad_alloc where memory runs out.
std::string encode_jpeg(const cv::Mat& picture, int quality);

}  // namespace chiffre
