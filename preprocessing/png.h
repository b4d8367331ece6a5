// png.h -- checks a PNG before stb_image reads its pixels: stb_image does not look at checksums.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace chiffre {

// Walks over all chunks (PNG specification, third edition, 5.3) and returns the EXIF data of the eXIf chunk, empty
// where there is none. Throws Error too_large, and not_an_image where the file ends early, the checksum of a chunk that
// the pixels depend on is wrong, or such a chunk is of an unknown kind.
std::span<const std::uint8_t> check_png(std::span<const std::uint8_t> png, std::int64_t max_pixels,
                                        const std::string& name);

}  // namespace chiffre
