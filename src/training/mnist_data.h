// mnist_data.h -- MNIST alone, augmented: what the weights for comparison with the literature are trained on.
#pragma once

#include <cstdint>
#include <filesystem>

#include "recipe.h"
#include "samples.h"

namespace chiffre::training {

// 55,000 augmented digits per epoch, 5,000 originals for validation. Throws what load_mnist throws.
TrainingData mnist_data(const std::filesystem::path& folder, const Recipe& recipe, std::uint64_t seed);

// The same from digits in memory.
TrainingData augmented_digits(LabelledTiles learn, LabelledTiles validation, const Recipe& recipe, std::uint64_t seed);

}  // namespace chiffre::training
