// raster.h -- PNG, BMP and TGA by stb_image.
#pragma once

#include "decode.h"
#include "formats.h"

namespace chiffre {

// Of 16-bit samples the high byte is taken; transparent pixels are laid on white. As the picture lies in the file: EXIF
// orientation is not applied. A PNG has passed check_png().
// Throws Error not_an_image (with stb_image's reason) and too_large.
Photo decode_raster(Format format, std::span<const std::uint8_t> bytes, const std::string& name,
                    const DecodeOptions& options);

}  // namespace chiffre
