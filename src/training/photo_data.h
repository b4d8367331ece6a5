// photo_data.h -- what photographs hold: handwriting, print, seven-segment displays, and marks that are no digit.
#pragma once

#include <cstdint>
#include <filesystem>

#include "recipe.h"
#include "samples.h"

namespace chiffre::training {

struct PhotoSources {
    std::filesystem::path mnist;  // folder of MNIST's four files
    std::filesystem::path fonts;  // folder of fonts, searched with all below it
};

// Validation: a set per kind, of digits held back, font families held back, and shapes drawn with other seeds.
// Throws Error: what load_mnist and load_fonts throw.
TrainingData photo_data(const PhotoSources& sources, const Recipe& recipe, std::uint64_t seed);

}  // namespace chiffre::training
