// fit_options.h -- what a run of training is told beside its recipe and its data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine.h"

namespace chiffre::training {

struct Checkpoint;  // checkpoint.h

// What a GPU multiplies with: fp32, or halves with fp32 sums and fp32 weights behind them. The CPU has fp32 alone.
enum class TrainingPrecision { fp32, mixed };

// "fp32" or "mixed". Throws Error(usage) for anything else.
TrainingPrecision parse_training_precision(const std::string& text);
std::string precision_name(TrainingPrecision precision);

struct FitOptions {
    std::uint64_t seed = 1;
    int threads = 0;  // of the CPU; 0: all
    Device device{Device::Kind::cpu, {}};
    TrainingPrecision precision = TrainingPrecision::fp32;
    std::vector<Weights> teachers = {};            // where the recipe distills
    std::filesystem::path checkpoint = {};         // empty: none is written
    int checkpoint_epochs = 0;                     // epochs between two; 0: at an epoch's end when 10 s have passed
    bool resume = false;                           // go on from the checkpoint
    std::shared_ptr<const Checkpoint> start = {};  // go on from this one, which is in memory; null: none
};

}  // namespace chiffre::training
