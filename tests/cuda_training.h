// cuda_training.h -- what the tests of training on GPUs begin with.
#pragma once

#include <cmath>
#include <vector>

#include "../kernels/device.cuh"
#include "../kernels/training/trainer.h"
#include "made_batch.h"

namespace chiffre::cuda {

// In the memory of the current GPU.
struct OnDevice {
    explicit OnDevice(const Batch& batch)
        : tiles(to_device(batch.tiles.empty() ? nullptr : batch.tiles[0].ink.data(), batch.tiles.size() * kTileBytes)),
          labels(to_device(batch.labels.data(), batch.labels.size())),
          samples{tiles.get(), labels.get(), nullptr, static_cast<std::int64_t>(batch.labels.size())} {}
    DeviceMemory<std::uint8_t> tiles, labels;
    DeviceSamples samples;
};

inline TrainerState start() {
    const std::vector<float> zeros(kParameters), weights = made_weights();
    return {weights, zeros, zeros, weights};
}

// AdamW's first steps at a rate of 0.002, with averaging.
inline std::vector<training::StepConstants> constants(int steps) {
    std::vector<training::StepConstants> all;
    for (int t = 1; t <= steps; ++t) {
        training::StepConstants c{};
        c.mean_decay = static_cast<float>(training::kMeanDecay);
        c.mean_gain = 1 - c.mean_decay;
        c.mean_rate = static_cast<float>(0.002 / (1 - std::pow(training::kMeanDecay, t)));
        c.square_scale = static_cast<float>(1 / (1 - std::pow(training::kSquareDecay, t)));
        c.decay = 0.00002f;
        c.average_share = 0.1f;
        all.push_back(c);
    }
    return all;
}

}  // namespace chiffre::cuda
