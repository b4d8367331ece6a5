// jpeg.h -- JPEG by libjpeg-turbo, the luminance only and at a reduced size where that is enough.
#pragma once

#include "decode.h"

namespace chiffre {

// Baseline, extended, progressive and arithmetic-coded JPEG of 8 bits; grey, YCbCr, RGB, CMYK and YCCK. As the picture
// lies in the file: EXIF orientation is not applied. Truncated and corrupt data give one warning each.
// Throws Error not_an_image (with libjpeg's reason) and too_large.
Photo decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace chiffre
