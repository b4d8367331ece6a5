// backward_round.h -- a round's way back: from d loss / d logits to the gradients of the convolutions, and to what the
// gradients of the dense layers are made of (dense_gradient.h).
//
// "d" before a layer's name is d loss / d what the layer adds up, before tanh; tanh' is 1 - y^2. dc3 and dc1 replace
// the activations c3 and c1. All sums run in a fixed order: a thread's own, then over the threads' parts.
#pragma once

#include "forward_round.h"
#include "round.h"

namespace chiffre::cuda {

// The dense layers back to s4; d s4 / 4 times tanh' becomes dc3 at once.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void backward_dense(Block& block, Round<kImages>& round, const TrainedWeights& weights) {
    using OfImages = Values<kImages>;
    auto* parts = reinterpret_cast<OfImages*>(round.scratch);
    block.each(kF6Out, [&](int i) {
        const float* w = weights.parameters + weight_offset(kOutput) + i;
        OfImages sum{};
        CHIFFRE_UNROLL
        for (int o = 0; o < kClasses; ++o)
            for (int image = 0; image < kImages; ++image) sum.of[image] += round.doutput[o].of[image] * w[o * kF6Out];
        for (int image = 0; image < kImages; ++image) {
            const float y = round.f6[i].of[image];
            round.df6[i].of[image] = sum.of[image] * (1 - y * y);
        }
    });
    // The weights as they are, (out, in), serve the way back: its inputs are the layer's outputs.
    block.each(kC5Out * kDc5Parts, [&](int item) {
        parts[item] =
            multiply_part<kF6Out, kC5Out, kDc5Parts>(round.df6, weights.parameters + weight_offset(kF6), item);
    });
    block.each(kC5Out * kImages, [&](int item) {
        const int i = item / kImages, image = item % kImages;
        const float y = round.c5[i].of[image];
        round.dc5[i].of[image] = sum_of_parts<kC5Out, kDc5Parts>(parts, i, image) * (1 - y * y);
    });
    block.each(kC5In, [&](int i) {
        const OfImages ds4 = multiply_part<kC5Out, kC5In, 1>(round.dc5, weights.parameters + weight_offset(kC5), i);
        constexpr int kPixels = kS4Side * kS4Side;
        const int map = i / kPixels, pixel = i % kPixels;
        const int corner = pixel / kS4Side * 2 * kC3Side + pixel % kS4Side * 2;
        for (int image = 0; image < kImages; ++image)
            for (int k = 0; k < 4; ++k) {
                float& y = round.c3[image][corner + k / 2 * kC3Side + k % 2][map];
                y = 0.25f * ds4.of[image] * (1 - y * y);
            }
    });
}

// One column of one map of s2, back to dc1 in the four pixels that each of its pixels is the mean of.
template <int kImages>
CHIFFRE_HOST_DEVICE inline void backward_c3_input(Round<kImages>& round, int item) {
    const int x = item % kS2Side, c = item / kS2Side % kC1Maps, image = item / (kS2Side * kC1Maps);
    float ds2[kS2Side] = {};
    CHIFFRE_UNROLL_BY(1)
    for (int step = 0; step < kC3Maps / 4 * kKernelSide; ++step) {
        const int group = step / kKernelSide, kx = step % kKernelSide, column = x - kx;
        if (column < 0 || column >= kC3Side) continue;
        Values<4> w[kKernelSide];
        CHIFFRE_UNROLL
        for (int ky = 0; ky < kKernelSide; ++ky)
            w[ky] = *reinterpret_cast<const Values<4>*>(&round.w3[c][(ky * kKernelSide + kx) * kC3Maps + group * 4]);
        CHIFFRE_UNROLL
        for (int row = 0; row < kC3Side; ++row) {
            const auto d = *reinterpret_cast<const Values<4>*>(&round.c3[image][row * kC3Side + column][group * 4]);
            CHIFFRE_UNROLL
            for (int ky = 0; ky < kKernelSide; ++ky)
                for (int o = 0; o < 4; ++o) ds2[row + ky] += d.of[o] * w[ky].of[o];
        }
    }
    CHIFFRE_UNROLL
    for (int row = 0; row < kS2Side; ++row)
        for (int k = 0; k < 4; ++k) {
            float& y = round.c1[image][(2 * row + k / 2) * kC1Pitch + (2 * x + k % 2) * kC1Maps + c];
            y = 0.25f * ds2[row] * (1 - y * y);
        }
}

// d loss / d weights of C3 from one image: one row of the kernels from map c to four maps. After those items, four sums
// of biases a thread.
inline constexpr int kDw3Items = kC3Maps / 4 * kKernelSide * kC1Maps, kDb3Items = kC3Maps / 4;

template <int kImages>
CHIFFRE_HOST_DEVICE inline void backward_c3_weights(Round<kImages>& round, int item) {
    constexpr int kGroups = kC3Maps / 4;
    const int group = item % kGroups, ky = item / kGroups % kKernelSide, c = item / (kGroups * kKernelSide) % kC1Maps;
    const int image = item / kDw3Items;
    float sum[kKernelSide][4] = {};
    CHIFFRE_UNROLL_BY(1)
    for (int row = 0; row < kC3Side; ++row) {
        const float* seen = &round.s2[image][c][(row + ky) * kS2Side];
        float x[kS2Side];
        CHIFFRE_UNROLL
        for (int i = 0; i < kS2Side; ++i) x[i] = seen[i];
        CHIFFRE_UNROLL
        for (int column = 0; column < kC3Side; ++column) {
            const auto d = *reinterpret_cast<const Values<4>*>(&round.c3[image][row * kC3Side + column][group * 4]);
            CHIFFRE_UNROLL
            for (int kx = 0; kx < kKernelSide; ++kx)
                for (int o = 0; o < 4; ++o) sum[kx][o] += x[column + kx] * d.of[o];
        }
    }
    auto* to = reinterpret_cast<Values<4>*>(round.scratch) +
               ((image * kC1Maps + c) * kTaps + ky * kKernelSide) * kGroups + group;
    for (int kx = 0; kx < kKernelSide; ++kx) to[kx * kGroups] = {{sum[kx][0], sum[kx][1], sum[kx][2], sum[kx][3]}};
}

template <int kImages>
CHIFFRE_HOST_DEVICE inline void backward_c3_biases(Round<kImages>& round, int item) {
    const int group = item % kDb3Items, image = item / kDb3Items;
    Values<4> sum{};
    CHIFFRE_UNROLL_BY(4)
    for (int pixel = 0; pixel < kC3Pixels; ++pixel)
        for (int o = 0; o < 4; ++o) sum.of[o] += round.c3[image][pixel][group * 4 + o];
    constexpr int kWeights = kC3Maps * kC1Maps * kTaps;
    *reinterpret_cast<Values<4>*>(&round.scratch[kImages * kWeights + image * kC3Maps + group * 4]) = sum;
}

// Adds up the images' parts, into the order of the memory map.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void gather_c3(Block& block, Round<kImages>& round) {
    block.each(kLayers[kC3].parameters(), [&](int i) {
        constexpr int kPerMap = kC1Maps * kTaps, kWeights = kC3Maps * kPerMap;
        float sum = 0;
        for (int image = 0; image < kImages; ++image)
            sum += i < kWeights ? round.scratch[image * kWeights + i]
                                : round.scratch[kImages * kWeights + image * kC3Maps + i - kWeights];
        const int to = i < kWeights ? i % kC3Maps * kPerMap + i / kC3Maps : i;
        round.gradient[weight_offset(kC3) + to] += sum;
    });
}

// d loss / d weights of C1 from two rows of one image: one row of all kernels. After those items, sums of biases.
inline constexpr int kDw1Rows = 2, kDw1Strips = kC1Side / kDw1Rows, kDw1Items = kDw1Strips * kKernelSide;

template <int kImages>
CHIFFRE_HOST_DEVICE inline void backward_c1_weights(Round<kImages>& round, int item) {
    const int ky = item % kKernelSide, strip = item / kKernelSide % kDw1Strips, image = item / kDw1Items;
    constexpr int kColumns = 7;
    float sum[kKernelSide][kC1Maps] = {};
    CHIFFRE_UNROLL_BY(1)
    for (int piece = 0; piece < kDw1Rows * kC1Side / kColumns; ++piece) {
        const int row = strip * kDw1Rows + piece / (kC1Side / kColumns);
        const int first = piece % (kC1Side / kColumns) * kColumns;
        const float* seen = &round.x[image][(row + ky) * kTilePitch + first];
        float x[kColumns + kKernelSide - 1];
        CHIFFRE_UNROLL
        for (int i = 0; i < kColumns + kKernelSide - 1; ++i) x[i] = seen[i];
        CHIFFRE_UNROLL
        for (int column = 0; column < kColumns; ++column) {
            const auto* d =
                reinterpret_cast<const Values<2>*>(&round.c1[image][row * kC1Pitch + (first + column) * kC1Maps]);
            CHIFFRE_UNROLL
            for (int pair = 0; pair < kC1Maps / 2; ++pair) {
                const Values<2> d2 = d[pair];
                CHIFFRE_UNROLL
                for (int kx = 0; kx < kKernelSide; ++kx) {
                    sum[kx][2 * pair] += x[column + kx] * d2.of[0];
                    sum[kx][2 * pair + 1] += x[column + kx] * d2.of[1];
                }
            }
        }
    }
    float* to = round.scratch + (image * kDw1Strips + strip) * kTaps * kC1Maps + ky * kKernelSide * kC1Maps;
    for (int kx = 0; kx < kKernelSide; ++kx)
        for (int o = 0; o < kC1Maps; ++o) to[kx * kC1Maps + o] = sum[kx][o];
}

template <int kImages>
CHIFFRE_HOST_DEVICE inline void backward_c1_biases(Round<kImages>& round, int item) {
    const int strip = item % kDw1Strips, image = item / kDw1Strips;
    float sum[kC1Maps] = {};
    CHIFFRE_UNROLL_BY(4)
    for (int i = 0; i < kDw1Rows * kC1Side; ++i) {
        const int row = strip * kDw1Rows + i / kC1Side;
        for (int o = 0; o < kC1Maps; ++o) sum[o] += round.c1[image][row * kC1Pitch + i % kC1Side * kC1Maps + o];
    }
    float* to = round.scratch + kImages * kDw1Strips * kTaps * kC1Maps + item * kC1Maps;
    for (int o = 0; o < kC1Maps; ++o) to[o] = sum[o];
}

template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void gather_c1(Block& block, Round<kImages>& round) {
    static_assert(kImages * kDw1Strips * (kTaps + 1) * kC1Maps <= kScratch<kImages>);
    block.each(kLayers[kC1].parameters(), [&](int i) {
        constexpr int kWeights = kTaps * kC1Maps, kParts = kImages * kDw1Strips;
        const bool weight = i < kWeights;
        const float* part = round.scratch + (weight ? i : kParts * kWeights + i - kWeights);
        const int stride = weight ? kWeights : kC1Maps;
        float sum = 0;
        CHIFFRE_UNROLL_BY(7)
        for (int k = 0; k < kParts; ++k) sum += part[k * stride];
        round.gradient[weight_offset(kC1) + (weight ? i % kC1Maps * kTaps + i / kC1Maps : i)] += sum;
    });
}

// From round.doutput to what is added to round.gradient, and to round.dc5 and round.df6 for write_records().
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void backward(Block& block, Round<kImages>& round, const TrainedWeights& weights) {
    backward_dense(block, round, weights);
    block.each(kImages * (kDw3Items + kDb3Items), [&](int item) {
        if (item < kImages * kDw3Items)
            backward_c3_weights(round, item);
        else
            backward_c3_biases(round, item - kImages * kDw3Items);
    });
    block.each(kImages * kC1Maps * kS2Side, [&](int item) { backward_c3_input(round, item); });
    gather_c3(block, round);
    block.each(kImages * (kDw1Items + kDw1Strips), [&](int item) {
        if (item < kImages * kDw1Items)
            backward_c1_weights(round, item);
        else
            backward_c1_biases(round, item - kImages * kDw1Items);
    });
    gather_c1(block, round);
}

// What the dense layers' gradients need of the round's first `count` images.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void write_records(Block& block, const Round<kImages>& round, DenseRecord* records, int count) {
    block.each(kImages * kC5In, [&](int item) {
        const int image = item / kC5In, i = item % kC5In;
        if (image >= count) return;
        DenseRecord& to = records[image];
        to.s4[i] = round.s4[i].of[image];
        if (i < kC5Out) {
            to.c5[i] = round.c5[i].of[image];
            to.dc5[i] = round.dc5[i].of[image];
        }
        if (i < kF6Out) {
            to.f6[i] = round.f6[i].of[image];
            to.df6[i] = round.df6[i].of[image];
        }
        if (i < kRecordClasses) to.doutput[i] = i < kClasses ? round.doutput[i].of[image] : 0.0f;
        if (i == 0) {
            to.loss = round.loss[image];
            to.wrong = round.wrong[image];
        }
    });
}

}  // namespace chiffre::cuda
