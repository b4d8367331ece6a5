// decode.h -- bytes -> upright 8-bit grey picture.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <span>
#include <string>
#include <vector>

namespace chiffre {

struct DecodeOptions {
    std::int64_t max_pixels = 200'000'000;  // of the full-size picture; checked before pixel memory is taken
    // A JPEG is decoded at 1/2, 1/4 or 1/8 (in the DCT, which costs less than decoding and shrinking) as long as its
    // longer side stays at or above this many pixels. 0: always full size.
    int enough_px = 0;
};

struct Photo {
    cv::Mat grey;                       // CV_8UC1, upright (EXIF orientation applied)
    int width = 0, height = 0;          // upright size in full-size pixels
    double reduction = 1;               // full-size pixels per pixel of grey: 1, 2, 4 or 8 as decoded
    int left = 0, top = 0;              // where grey begins in the full-size picture: not at 0 where it was cropped
    std::vector<std::string> warnings;  // one line each: truncated data, ...
};

// JPEG (baseline, progressive, grey, colour, CMYK, YCCK), PNG, BMP, PNM (binary PGM and PPM) and TGA. Transparent
// pixels are laid on white; of 16 bits the upper 8 are kept. JPEG and PNG carry an orientation. A truncated JPEG is
// read as far as it goes, with a warning, and its missing rows get the median grey of those read; a truncated file of
// another format is not_an_image.
// Throws Error: empty_file, not_an_image, too_large. `name` stands for the file in messages.
Photo decode(std::span<const std::uint8_t> bytes, const std::string& name, const DecodeOptions& options = {});

}  // namespace chiffre
