// teachers.h -- trained weights that a recipe with `distill` learns from beside the labels.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "recipe.h"
#include "weights.h"

namespace chiffre::training {

// Throws Error: bad_weights for a file that is none, or that was not taught to take a mark that is no digit for
// what the recipe takes it for.
std::vector<Weights> load_teachers(std::span<const std::filesystem::path> paths, const Recipe& recipe);

// Throws Error(usage) where the recipe distills and there are no teachers, or the other way round.
void require_teachers(const Recipe& recipe, std::size_t teachers);

// Their weights_hash(), one after the other with a blank between.
std::string hashes(std::span<const Weights> teachers);

}  // namespace chiffre::training
