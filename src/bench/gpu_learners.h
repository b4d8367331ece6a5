// gpu_learners.h -- learners that use a GPU less well than `train fit` does: what the ladder of accelerations starts
// from. Of builds with CUDA alone.
#pragma once

#include "bench/training_curve.h"

namespace chiffre::bench {

// All keep a reference to `data`. A learner makes GPU `gpu` current, which it must be again when it is used.

// As a first program does it: all cores of the CPU make the samples of a step, which are copied to the GPU; a launch
// for each pass; the loss is waited for before the next step.
OpenLearner layered_fed_by_host(const training::TrainingData& data, std::uint64_t seed, int gpu);

// The same launches, on samples that the GPU makes from data that stays there; an epoch goes by before the CPU looks.
OpenLearner layered_on_resident_data(const training::TrainingData& data, std::uint64_t seed, int gpu);

// The same in a CUDA graph of an epoch, or of a large part of one.
OpenLearner layered_in_a_graph(const training::TrainingData& data, std::uint64_t seed, int gpu);

}  // namespace chiffre::bench
