// train_kernels.h -- what the trainer launches: many steps of training at once, judging weights, and the copies of the
// weights that the passes read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "forward.h"
#include "round.h"
#include "round_loss.h"
#include "train_variants.h"
#include "training/update_rule.h"

struct CUstream_st;

namespace chiffre::cuda {

// Of one step or of one block of an evaluation.
struct LossSum {
    double loss = 0;  // nats, over the images
    int wrong = 0;    // images whose most probable class is not their label
};

// All pointers are to memory of the device.
struct TrainingRun {
    const std::uint8_t* tiles;   // (samples, 32, 32), aligned to 16 bytes
    const std::uint8_t* labels;  // (samples)
    const float* teachers;       // (samples, kClasses + 1) probabilities, or null
    std::int64_t samples;        // the last step takes what is left, at most a batch
    int batch, steps;
    int whole_batch;  // of several GPUs together: the gradient is a part of its mean; 0: this one has all
    const training::StepConstants* constants;  // (steps)
    training::UpdateRule rule;
    RoundLoss loss;  // without the scale

    TrainedWeights weights;
    std::uint16_t* packed;           // halves, where training is mixed; the copies of `weights` are then not kept
    float *mean, *square, *average;  // (kParameters) each
    float* gradient;                 // (kParameters): written instead of updating the weights; or null

    DenseRecord* records;  // (batch)
    float* parts;          // (blocks, kConvolutionParameters)
    LossSum* sums;         // (steps)
};

struct EvaluationRun {
    const std::uint8_t* tiles;
    const std::uint8_t* labels;
    std::int64_t samples;
    RoundLoss loss;
    TrainedWeights weights;
    LossSum* sums;  // (blocks)
};

enum class TrainingNumbers { fp32, mixed };

// How the kernels are launched on a device.
struct TrainingGrid {
    TrainingNumbers numbers = TrainingNumbers::fp32;
    int blocks = 0;
    TrainVariant train, evaluate;
};

// Of the current device. Throws CudaError; Error(no_device) where it has too little shared memory for one image.
// most_shared_bytes: of a block; less than the device allows gives the rounds of a smaller device.
TrainingGrid training_grid(TrainingNumbers numbers, std::size_t most_shared_bytes = kAllSharedMemory);

// Asynchronous. Results do not depend on how steps are divided among launches.
void launch_training(const TrainingRun& run, const TrainingGrid& grid, CUstream_st* stream);
// Updates the parameters with run.gradient, by run.constants[0].
void launch_update(const TrainingRun& run, const TrainingGrid& grid, CUstream_st* stream);
void launch_evaluation(const EvaluationRun& run, const TrainingGrid& grid, CUstream_st* stream);

// What takes the steps of a run as launch_training() does.
using TrainingLauncher = std::function<void(const TrainingRun&, const TrainingGrid&, CUstream_st*)>;

// (in, out) from (out, in), for the dense layers of `weights.parameters`.
void launch_transposition(const TrainedWeights& weights, CUstream_st* stream);

// The dense layers as halves, in the order that the mixed passes read them in: `memory` has packed_halves() of them.
std::size_t packed_halves();
void launch_packing(const float* parameters, std::uint16_t* memory, CUstream_st* stream);

}  // namespace chiffre::cuda
