// layered_passes.h -- a round's passes one at a time: each by a launch of its own, with rounds that wait in global
// memory in between. They are the very passes of forward_round.h and backward_round.h; a Block that runs a single one
// of them stands for a launch.
#pragma once

#include "backward_round.h"
#include "forward_round.h"
#include "round_loss.h"

namespace chiffre::cuda {

// A batch and where its rounds stand. All pointers are to global memory.
template <int kImages>
struct LayeredBatch {
    const std::uint8_t* tiles;
    const std::uint8_t* labels;
    const float* teachers;  // or null
    int images;
    RoundLoss loss;
    TrainedWeights weights;
    Round<kImages>* rounds;  // (number_of_rounds())
    DenseRecord* records;    // (images)
    float* parts;            // (number_of_rounds(), kConvolutionParameters)

    CHIFFRE_HOST_DEVICE int number_of_rounds() const { return (images + kImages - 1) / kImages; }
};

// Round r there and back, to its records and its part of the convolutions' gradients.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void learn_from_round(Block& block, const LayeredBatch<kImages>& batch, int r) {
    Round<kImages>& round = batch.rounds[r];
    const int first = r * kImages, left = batch.images - first, count = left < kImages ? left : kImages;
    stage_convolutions(block, round, batch.weights.parameters);
    block.each(kConvolutionParameters, [&](int i) { round.gradient[i] = 0; });
    forward(block, round, batch.weights, batch.tiles + static_cast<std::ptrdiff_t>(first) * kTileBytes,
            batch.labels + first, count);
    block.each(kImages, [&](int i) {
        cross_entropy(round, batch.loss,
                      batch.teachers && i < count ? batch.teachers + (first + i) * (kClasses + 1) : nullptr, i);
    });
    backward(block, round, batch.weights);
    write_records(block, round, batch.records + first, count);
    block.each(kConvolutionParameters, [&](int i) {
        batch.parts[static_cast<std::ptrdiff_t>(r) * kConvolutionParameters + i] = round.gradient[i];
    });
}

// Passes of learn_from_round(), each a call of Block::each.
inline constexpr int kRoundPasses = 25;

// Pass kPass for one of its items; nothing of the others.
template <int kPass>
struct OnePass {
    int item;
    int seen = 0;
    template <typename F>
    CHIFFRE_HOST_DEVICE void each(int, const F& f) {
        if (seen++ == kPass) f(item);
    }
};

// How many items each pass has; runs none.
struct PassSizes {
    int items[kRoundPasses] = {};
    int seen = 0;
    template <typename F>
    CHIFFRE_HOST_DEVICE void each(int n, const F&) {
        if (seen < kRoundPasses) items[seen] = n;
        ++seen;
    }
};

// Of a round of kImages; `seen` is kRoundPasses.
template <int kImages>
PassSizes pass_sizes(Round<kImages>& any) {
    PassSizes sizes;
    LayeredBatch<kImages> batch{};
    batch.images = kImages;
    batch.rounds = &any;
    learn_from_round(sizes, batch, 0);
    return sizes;
}

}  // namespace chiffre::cuda
