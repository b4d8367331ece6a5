// checkpoint.h -- all that a run needs to go on from where it stopped, bit for bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "optimizer.h"

namespace chiffre::training {

// What is drawn of an epoch.
struct CurvePoint {
    double loss = 0, train_error = 0;  // while learning, on augmented samples
    double validation_loss = 0, validation_error = 0;
};

// A run may go on on another device.
struct Checkpoint {
    std::uint64_t seed = 0;
    std::uint32_t recipe_crc32 = 0;    // of to_text(recipe)
    std::uint32_t data_crc32 = 0;      // of TrainingData::description
    std::uint32_t teachers_crc32 = 0;  // of hashes(teachers)
    double seconds = 0;                // of training, all that came before included
    // Of the epoch that is under way.
    double loss = 0;
    std::int64_t wrong = 0;
    // Where its steps were taken, in order: "cpu fp32", "cuda mixed", "cuda:0,1 fp32". Which GPU it was is not in the
    // bits.
    std::vector<std::string> trained_on;
    // Of the epochs before.
    std::int64_t best_epoch = 0;    // counted from 1; 0: none yet
    double best_error = 1;          // share of the validation samples
    std::vector<CurvePoint> curve;  // one point per epoch
    std::vector<float> best =
        std::vector<float>(kParameters);  // best estimate after best_epoch, where patience needs it
    OptimizerState optimizer;
};

// The CRC-32 that tells recipes, data and teachers apart, and damage.
std::uint32_t crc_of(std::string_view bytes);

// A crash meanwhile leaves the older one. Throws Error(unwritable).
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

// Throws Error: not_found, unreadable, bad_data (not a checkpoint, another version, truncated, damaged).
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace chiffre::training
