// sheets.h -- what the program can draw, at a glance: for people who choose, and for the documentation.
#pragma once

#include <filesystem>

#include "synthesis/scene.h"

namespace chiffre::synthesis {

// A sheet of `hands` writers, each with every digit twice, as a PNG file. Throws Error(unwritable).
void write_hands(const std::filesystem::path& target, int hands, std::uint64_t seed);

// A sheet with some pictures of every style, small, under its name, as a JPEG file. fonts: for what is printed.
// Throws Error(unwritable).
void write_styles(const std::filesystem::path& target, int pictures, std::uint64_t seed,
                  const std::vector<FontFigures>& fonts);

}  // namespace chiffre::synthesis
