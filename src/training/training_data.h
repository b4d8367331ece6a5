// training_data.h -- from what is on the disk to what a recipe learns from, in the steps that many recipes share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "fonts.h"
#include "harvest_file.h"
#include "recipe.h"
#include "samples.h"

namespace chiffre::training {

// As read, for recipes of one kind of data.
struct RawData {
    LabelledTiles digits;           // MNIST's training part
    std::vector<FontFamily> fonts;  // for photographs
    Harvest harvest;                // for photographs, where the recipe's mix has some
};

// Where they lie.
struct DataPaths {
    std::filesystem::path mnist, fonts;
    std::filesystem::path harvest;  // empty: none
};

// Throws Error(usage) where a harvest is named that the recipe learns nothing from.
void require_harvested(const Recipe& recipe, const std::filesystem::path& harvest);

// Throws Error(usage) where the recipe needs a harvest and there is none; what load_mnist(), load_fonts() and
// load_harvest() throw.
RawData read_data(const Recipe& recipe, const DataPaths& paths);

// What the recipe says under "data". fold: see hold_back(). Throws Error.
TrainingData make_data(const RawData& raw, const Recipe& recipe, std::uint64_t seed, int fold = 0);

// Both together.
TrainingData load_data(const Recipe& recipe, const DataPaths& paths, std::uint64_t seed);

// What `recipe` learns from, of the shapes that `other` has, and judged by the same validation sets: those that
// `recipe` itself would make are bent as strongly as its samples, so that the weakest augmentation would always win.
// `other` was made for a recipe whose mix has all kinds of this one's.
TrainingData adapt_data(const TrainingData& other, const Recipe& recipe, std::uint64_t seed);

// Of the recipes, all for the same data, the first one with all kinds that any of them has in its mix.
Recipe with_all_kinds(const Recipe& recipe, const std::vector<Recipe>& others);

}  // namespace chiffre::training
