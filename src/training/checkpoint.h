// checkpoint.h -- all that a run needs to go on from where it stopped, bit for bit.
#pragma once

#include <cstdint>
#include <filesystem>

#include "adamw.h"

namespace chiffre::training {

struct Checkpoint {
    std::uint64_t seed = 0;
    std::uint32_t recipe_crc32 = 0;  // of to_text(recipe)
    std::uint32_t data_crc32 = 0;    // of TrainingData::description
    // Of the epoch that is under way.
    double loss = 0;
    std::int64_t wrong = 0;
    // Of the epochs before.
    std::int64_t best_epoch = 0;  // counted from 1; 0: none yet
    double best_error = 1;        // share of the validation samples
    OptimizerState optimizer;
};

// Written to a temporary name, then renamed: a crash leaves the older one. Throws Error(unwritable).
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

// Throws Error: not_found, unreadable, bad_data (not a checkpoint, another version, truncated, damaged).
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace chiffre::training
