// cuda_learner.h -- training on a GPU, behind learner.h. Only in builds with CUDA.
#pragma once

#include "learner.h"
#include "training/trainer.h"

namespace chiffre::training {

// Trains on GPU `gpu`; `launch` takes the steps. Throws Error(no_device).
std::unique_ptr<Learner> open_cuda_learner(const Recipe& recipe, const TrainingData& data, const FitOptions& options,
                                           const OptimizerState& start, int gpu,
                                           cuda::TrainingLauncher launch = cuda::launch_training);

// What the recipe's trainer is told.
cuda::TrainerSettings trainer_settings(const Recipe& recipe, int gpu,
                                       cuda::TrainingLauncher launch = cuda::launch_training);

}  // namespace chiffre::training
