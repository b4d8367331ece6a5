// cuda_learner.h -- training on a GPU, behind learner.h. Only in builds with CUDA.
#pragma once

#include "learner.h"
#include "training/batch_share.h"
#include "training/trainer.h"

namespace chiffre::training {

// Throws Error(no_device) where the GPU cannot be opened or has too little shared memory for that precision.
void require_training_gpu(int gpu, TrainingPrecision precision);

// Throws Error(no_device) where several GPUs cannot work together.
void require_several_gpus();

// Trains on `gpus`, which need require_several_gpus() where they are several; `launch` takes the steps. The result has
// the same bits whenever there are as many GPUs of one kind. Throws Error(no_device).
std::unique_ptr<Learner> open_cuda_learner(const Recipe& recipe, const TrainingData& data, const FitOptions& options,
                                           const OptimizerState& start, std::span<const int> gpus,
                                           const cuda::TrainingLauncher& launch = cuda::launch_training);

// What the trainer of a GPU is told that takes a share of every batch.
cuda::TrainerSettings trainer_settings(const Recipe& recipe, const FitOptions& options, int gpu, cuda::BatchShare share,
                                       const cuda::TrainingLauncher& launch);

}  // namespace chiffre::training
