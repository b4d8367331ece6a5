// cuda_learner.h -- training on a GPU, behind learner.h. Only in builds with CUDA.
#pragma once

#include "learner.h"

namespace chiffre::training {

// Trains on GPU `gpu`. Throws Error(no_device).
std::unique_ptr<Learner> open_cuda_learner(const Recipe& recipe, const TrainingData& data, const FitOptions& options,
                                           const OptimizerState& start, int gpu);

}  // namespace chiffre::training
