// layered_training.h -- training as a first program does it: a launch for every pass, activations in global memory. A
// yardstick for the kernel that takes many steps in one launch, with the same passes and, but for rounding, the same
// result.
#pragma once

#include "train_kernels.h"

namespace chiffre::cuda {

// How TrainerSettings::launch takes the steps of a run, for batches of at most `batch`, in fp32. Takes some 50 KB of
// the current device for each image of a batch. Throws CudaError.
TrainingLauncher layered_launcher(int batch);

// What `launcher` launches, recorded in a CUDA graph and launched as a whole; recorded anew where a run differs from
// the one before. `launcher` must do no more than launch. The object is of one trainer.
TrainingLauncher graphed(TrainingLauncher launcher);

// Of a step by layered_launcher().
int layered_launches_per_step();

}  // namespace chiffre::cuda
