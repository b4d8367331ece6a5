// jpeg_writer.h -- colour pixels -> JPEG bytes.
#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace chiffre {

// rgb: CV_8UC3 in the order red, green, blue, at most 65,500 pixels a side. quality: 1..100.
// Throws std::bad_alloc where memory runs out.
std::string encode_jpeg(const cv::Mat& rgb, int quality);

}  // namespace chiffre
