// pnm.h -- binary PGM and PPM.
#pragma once

#include "decode.h"

namespace chiffre {

// P5 and P6 with any largest value up to 65535 (netpbm's pgm(5), ppm(5)); of several pictures in a file the first.
// Throws Error not_an_image and too_large.
Photo decode_pnm(std::span<const std::uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace chiffre
