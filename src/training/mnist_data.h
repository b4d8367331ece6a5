// mnist_data.h -- MNIST alone, augmented: what the weights for comparison with the literature are trained on.
#pragma once

#include <cstdint>

#include "recipe.h"
#include "sample_plan.h"
#include "samples.h"

namespace chiffre::training {

// Every digit of `learn` once per epoch, augmented; for validation originals.
TrainingData augmented_digits(const LabelledTiles& learn, LabelledTiles validation, const Recipe& recipe,
                              std::uint64_t seed);

// What augmented_digits() would learn from for another recipe and seed.
SamplePlan augmented_plan(const SamplePlan& other, const Recipe& recipe, std::uint64_t seed);

}  // namespace chiffre::training
