// png.h -- pictures for people, as PNG files.
#pragma once

#include <filesystem>
#include <opencv2/core.hpp>

namespace chiffre {

// picture: CV_8UC1, or CV_8UC3 in the order red, green, blue. The file appears when it is complete.
// Throws Error(unwritable).
void write_png(const std::filesystem::path& target, const cv::Mat& picture);

}  // namespace chiffre
