// exif.h -- which way up a camera says its picture is. Only the orientation is read, and nothing throws: a picture
// with damaged EXIF data is still a picture.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <span>

namespace chiffre {

// The EXIF data (TIFF structure) in the first Exif segment of a JPEG; empty where there is none.
std::span<const std::uint8_t> find_jpeg_exif(std::span<const std::uint8_t> jpeg);

// The orientation, 1 to 8, in the first directory of EXIF data (Exif 2.32, 4.6.4.A: the place of the 0th row and the
// 0th column). 1, upright, where it is missing or damaged.
int exif_orientation(std::span<const std::uint8_t> exif);

// The picture turned and mirrored so that it is upright. Orientation 1 returns the same memory.
cv::Mat upright(const cv::Mat& picture, int orientation);

}  // namespace chiffre
