// made_batch.h -- tiles of noise with labels, and weights of about the size that training starts from: the same on
// every machine.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lenet5.h"
#include "lenet5_reference.h"
#include "tile.h"
#include "training/loss.h"

namespace chiffre {

struct Batch {
    std::vector<Tile> tiles;
    std::vector<std::uint8_t> labels;
};

// Labels 0 .. classes - 1.
inline Batch made_batch(int n, int classes) {
    Batch batch;
    std::uint32_t index = 77'000;
    for (int i = 0; i < n; ++i) {
        Tile tile;
        for (std::uint8_t& ink : tile.ink) ink = static_cast<std::uint8_t>(reference::hash32(index++) >> 24);
        batch.tiles.push_back(tile);
        batch.labels.push_back(static_cast<std::uint8_t>(i % classes));
    }
    return batch;
}

inline std::vector<float> made_weights() {
    std::vector<float> weights(kParameters);
    for (int layer = 0; layer < static_cast<int>(kLayers.size()); ++layer) {
        const int first = weight_offset(layer), parameters = kLayers[layer].parameters();
        if (parameters == 0) continue;
        const float range = std::sqrt(3.0f / static_cast<float>(kLayers[layer].weights_per_output()));
        for (int i = first; i < first + parameters; ++i)
            weights[i] =
                range * static_cast<float>(reference::hash32(static_cast<std::uint32_t>(i)) / 2147483648.0 - 1);
    }
    return weights;
}

// The CPU trainer's loss of a batch, and its mean's gradient.
inline training::LossSum loss_and_gradient(std::span<const Scores> logits, std::span<const std::uint8_t> labels,
                                           const training::LossSettings& settings, std::span<Scores> dlogits) {
    const std::vector<int> classes(labels.begin(), labels.end());
    std::vector<training::Target> targets;
    for (const int label : classes) targets.push_back(training::label_target(label, settings));
    return training::cross_entropy(logits, classes, targets, settings.refuses, 1.0f / static_cast<float>(labels.size()),
                                   dlogits);
}

// Differences are judged beside the largest gradient of the layer.
inline void expect_gradients_close(std::span<const float> expected, std::span<const float> found, float most,
                                   const std::string& what) {
    for (int layer = 0; layer < static_cast<int>(kLayers.size()); ++layer) {
        float largest = 0, difference = 0;
        for (int p = weight_offset(layer); p < weight_offset(layer) + kLayers[layer].parameters(); ++p) {
            largest = std::max(largest, std::abs(expected[p]));
            difference = std::max(difference, std::abs(expected[p] - found[p]));
        }
        EXPECT_LE(difference, most * largest) << kLayers[layer].name << ", " << what;
    }
}

}  // namespace chiffre
