// train_variants.h -- the kernels that there are for a precision, those with the largest rounds first.
#pragma once

#include <array>
#include <cstddef>

namespace chiffre::cuda {

// A kernel of rounds of so many images, and the shared memory that it wants.
struct TrainVariant {
    int images = 0;
    std::size_t shared_bytes = 0;
    const void* kernel = nullptr;
    const void* update = nullptr;  // the kernel that updates with a gradient in memory; of training alone
};
using TrainVariants = std::array<TrainVariant, 3>;

TrainVariants fp32_training();
TrainVariants mixed_training();
TrainVariants evaluation();

}  // namespace chiffre::cuda
