// photo_data.h -- what photographs hold: handwriting, print, seven-segment displays, and marks that are no digit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "fonts.h"
#include "recipe.h"
#include "samples.h"

namespace chiffre::training {

struct PhotoSources {
    std::filesystem::path mnist;  // folder of MNIST's four files
    std::filesystem::path fonts;  // folder of fonts, searched with all below it
};

// Validation: a set per kind, of digits held back, font families held back, and shapes drawn with other seeds.
// Exhibits: "figures" and "display figures" as below, where there are such fonts.
// Throws Error: what load_mnist and load_fonts throw.
TrainingData photo_data(const PhotoSources& sources, const Recipe& recipe, std::uint64_t seed);

// All figures of the held-back font families, displays or the others, as rendered and framed. Every face gives as many,
// so that the error over all of them is the mean over faces.
LabelledTiles held_back_figures(std::span<const FontFamily> fonts, bool display);

}  // namespace chiffre::training
