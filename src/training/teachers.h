// teachers.h -- trained weights that a recipe with `distill` learns from beside the labels.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "recipe.h"
#include "weights.h"

namespace chiffre::training {

// Throws Error: bad_weights for a file that is none, or whose classes are not the recipe's (teachers know no digit
// exactly where the recipe's data has it).
std::vector<Weights> load_teachers(std::span<const std::filesystem::path> paths, const Recipe& recipe);

// Throws Error(usage) where the recipe distills and there are no teachers, or the other way round.
void require_teachers(const Recipe& recipe, std::size_t teachers);

// Their weights_hash(), one after the other with a blank between.
std::string hashes(std::span<const Weights> teachers);

}  // namespace chiffre::training
