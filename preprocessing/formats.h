// formats.h -- which picture format a run of bytes is in, and the checks that every decoder makes first.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace chiffre {

enum class Format { jpeg, png, bmp, pnm, tga };

// Told by content alone; the name of a file proves nothing.
// Throws Error not_an_image, saying what the bytes look like, where they are in none of these formats.
Format sniff(std::span<const std::uint8_t> bytes, const std::string& name);

// To be called with the size in the header, before memory for pixels is taken.
// Throws Error too_large above max_pixels, not_an_image for a picture without pixels.
void check_size(std::int64_t width, std::int64_t height, std::int64_t max_pixels, const std::string& name);

}  // namespace chiffre
