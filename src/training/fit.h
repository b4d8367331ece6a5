// fit.h -- the training loop.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "checkpoint.h"
#include "data_parallel.h"
#include "recipe.h"
#include "samples.h"

namespace chiffre::training {

struct FitOptions {
    std::uint64_t seed = 1;
    int threads = 0;                   // 0: all
    std::filesystem::path checkpoint;  // empty: none is written
    int checkpoint_epochs = 1;         // one is written after every so many epochs
    bool resume = false;               // go on from the checkpoint
};

struct StepReport {
    std::int64_t step = 0, steps = 0;  // done, of the whole run
    int epoch = 0;                     // counted from 1
    int samples = 0;                   // of this step
};

struct EpochReport {
    int epoch = 0;  // counted from 1
    double learning_rate = 0;
    double loss = 0;                        // mean over the epoch, with label smoothing
    double train_error = 0;                 // share, on augmented samples, while learning
    double validation_error = 0;            // share over all sets
    std::vector<double> validation_errors;  // share in each of TrainingData::validation
    int best_epoch = 0;
    double best_error = 1;
};

struct FitCallbacks {
    std::function<void(const StepReport&)> step = [](const StepReport&) {};
    std::function<void(const EpochReport&)> epoch = [](const EpochReport&) {};
    std::function<bool()> stop = [] { return false; };  // asked after every step
};

struct FitResult {
    bool finished = false;  // else stopped; the checkpoint has what there is
    std::vector<float> weights;
    EpochReport last;
};

// Trains from the start, or from the checkpoint. The result depends on recipe, data and seed; not on threads, stops and
// resumptions. Throws Error: bad_data where the loss is no longer finite (naming the step), or the checkpoint belongs
// to another recipe, seed or data; what checkpoints throw.
FitResult fit(const Recipe& recipe, const TrainingData& data, const FitOptions& options, const FitCallbacks& callbacks);

// The most probable classes that differ from the label.
int count_wrong(std::span<const Scores> logits, std::span<const std::uint8_t> labels, bool refuses);

}  // namespace chiffre::training
