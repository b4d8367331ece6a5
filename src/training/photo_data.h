// photo_data.h -- what photographs hold: handwriting, print, seven-segment displays, and marks that are no digit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fonts.h"
#include "harvest_file.h"
#include "recipe.h"
#include "sample_plan.h"
#include "samples.h"

namespace chiffre::training {

// digits: MNIST's training part, of which `fold` is held back. Validation: a set per kind, of digits held back, font
// families held back, and shapes drawn with other seeds. Exhibits: "figures" and "display figures" as below, where
// there are such fonts. harvest: of its pages, those held back are for validation. Throws Error(bad_data) where there
// are too few fonts or too few tiles for the recipe's mix.
TrainingData photo_data(const LabelledTiles& digits, const std::vector<FontFamily>& fonts, const Harvest& harvest,
                        const Recipe& recipe, std::uint64_t seed, int fold = 0);

// What photo_data() would learn from for another recipe and seed, of the shapes that the plan of another one has. That
// one's mix has all kinds of this recipe's.
SamplePlan photo_plan(const SamplePlan& other, const Recipe& recipe, std::uint64_t seed);

// All figures of the held-back font families, displays or the others, as rendered and framed. Every face gives as many,
// so that the error over all of them is the mean over faces.
LabelledTiles held_back_figures(std::span<const FontFamily> fonts, bool display);

}  // namespace chiffre::training
