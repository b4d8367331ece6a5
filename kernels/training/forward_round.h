// forward_round.h -- a round's way through the network: fp32, every activation kept for the way back.
//
// A thread holds a patch of outputs in registers, so that a value read from shared memory serves several multiply-adds:
// 7 rows of all maps of C1, 5 rows of 4 maps of C3. Neighbouring threads have neighbouring columns. The dense layers
// share their inputs out among the threads, since a layer has fewer outputs than the block threads; the parts of a sum
// are added in a fixed order.
#pragma once

#include "round.h"

namespace chiffre::cuda {

// Weights of the convolutions from the memory map to the order that threads read them in.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void stage_convolutions(Block& block, Round<kImages>& round, const float* parameters) {
    block.each(kConvolutionParameters, [&](int i) {
        constexpr int kW3 = weight_offset(kC3), kB3 = bias_offset(kC3), kB1 = bias_offset(kC1);
        const float value = parameters[i];
        if (i < kB1) {
            round.w1[i % kTaps][i / kTaps] = value;
        } else if (i < kW3) {
            round.b1[i - kB1] = value;
        } else if (i < kB3) {
            const int map = (i - kW3) / (kC1Maps * kTaps), c = (i - kW3) / kTaps % kC1Maps, tap = (i - kW3) % kTaps;
            round.w3[c][tap * kC3Maps + map] = value;
        } else {
            round.b3[i - kB3] = value;
        }
    });
}

// The tiles of the round; where there are fewer than kImages, empty images.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void load_tiles(Block& block, Round<kImages>& round, const std::uint8_t* tiles,
                                    const std::uint8_t* labels, int count) {
    constexpr int kGroups = kTileBytes / 4;
    block.each(kImages * kGroups, [&](int item) {
        const int image = item / kGroups, first = item % kGroups * 4;
        const Values<4> seen = load_inputs(tiles, image, count, first);
        float* x = &round.x[image][first / kTileSide * kTilePitch + first % kTileSide];
        for (int i = 0; i < 4; ++i) x[i] = seen.of[i];
        if (first == 0) round.labels[image] = image < count ? labels[image] : kEmpty;
    });
}

// Of an image: a strip of rows of one column.
inline constexpr int kC1Rows = 7, kC1Items = kC1Side / kC1Rows * kC1Side;

template <int kImages>
CHIFFRE_HOST_DEVICE inline void forward_c1(Round<kImages>& round, int item) {
    constexpr int kRows = kC1Rows, kStrips = kC1Side / kRows;
    const int image = item / (kStrips * kC1Side), strip = item / kC1Side % kStrips, column = item % kC1Side;
    const float* window = &round.x[image][strip * kRows * kTilePitch + column];

    float sum[kRows][kC1Maps];
    for (int row = 0; row < kRows; ++row)
        for (int o = 0; o < kC1Maps; ++o) sum[row][o] = round.b1[o];
    CHIFFRE_UNROLL_BY(1)
    for (int kx = 0; kx < kKernelSide; ++kx) {
        float seen[kRows + kKernelSide - 1];
        for (int row = 0; row < kRows + kKernelSide - 1; ++row) seen[row] = window[row * kTilePitch + kx];
        CHIFFRE_UNROLL
        for (int ky = 0; ky < kKernelSide; ++ky) {
            const float* w = round.w1[ky * kKernelSide + kx];
            CHIFFRE_UNROLL
            for (int o = 0; o < kC1Maps; ++o)
                for (int row = 0; row < kRows; ++row) sum[row][o] += seen[row + ky] * w[o];
        }
    }
    for (int row = 0; row < kRows; ++row) {
        auto* y = reinterpret_cast<Values<2>*>(&round.c1[image][(strip * kRows + row) * kC1Pitch + column * kC1Maps]);
        for (int o = 0; o < kC1Maps; o += 2) y[o / 2] = {{training_tanh(sum[row][o]), training_tanh(sum[row][o + 1])}};
    }
}

// Two maps of a pixel of S2.
template <int kImages>
CHIFFRE_HOST_DEVICE inline void forward_s2(Round<kImages>& round, int item) {
    constexpr int kPairs = kC1Maps / 2;
    const int image = item / (kPairs * kS2Pixels), pair = item / kS2Pixels % kPairs, pixel = item % kS2Pixels;
    const float* corner = &round.c1[image][pixel / kS2Side * 2 * kC1Pitch + pixel % kS2Side * 2 * kC1Maps + 2 * pair];
    Values<2> window[4];
    for (int i = 0; i < 4; ++i)
        window[i] = *reinterpret_cast<const Values<2>*>(corner + i / 2 * kC1Pitch + i % 2 * kC1Maps);
    for (int o = 0; o < 2; ++o)
        round.s2[image][2 * pair + o][pixel] =
            0.25f * ((window[0].of[o] + window[1].of[o]) + (window[2].of[o] + window[3].of[o]));
}

// Of an image: a strip of rows of one column of a group of maps.
inline constexpr int kC3Rows = 5, kC3Group = 4, kC3Items = kC3Side / kC3Rows * kC3Side * (kC3Maps / kC3Group);

template <int kImages>
CHIFFRE_HOST_DEVICE inline void forward_c3(Round<kImages>& round, int item) {
    constexpr int kRows = kC3Rows, kStrips = kC3Side / kRows, kGroup = kC3Group, kGroups = kC3Maps / kGroup;
    const int column = item % kC3Side, group = item / kC3Side % kGroups;
    const int strip = item / (kC3Side * kGroups) % kStrips, image = item / (kC3Side * kGroups * kStrips);

    float sum[kRows][kGroup];
    for (int row = 0; row < kRows; ++row)
        for (int o = 0; o < kGroup; ++o) sum[row][o] = round.b3[group * kGroup + o];
    CHIFFRE_UNROLL_BY(1)
    for (int step = 0; step < kC1Maps * kKernelSide; ++step) {
        const int c = step / kKernelSide, kx = step % kKernelSide;
        const float* window = &round.s2[image][c][strip * kRows * kS2Side + column + kx];
        float seen[kRows + kKernelSide - 1];
        for (int row = 0; row < kRows + kKernelSide - 1; ++row) seen[row] = window[row * kS2Side];
        CHIFFRE_UNROLL
        for (int ky = 0; ky < kKernelSide; ++ky) {
            const auto w =
                *reinterpret_cast<const Values<4>*>(&round.w3[c][(ky * kKernelSide + kx) * kC3Maps + group * kGroup]);
            CHIFFRE_UNROLL
            for (int o = 0; o < kGroup; ++o)
                for (int row = 0; row < kRows; ++row) sum[row][o] += seen[row + ky] * w.of[o];
        }
    }
    for (int row = 0; row < kRows; ++row) {
        Values<4> y;
        for (int o = 0; o < kGroup; ++o) y.of[o] = training_tanh(sum[row][o]);
        *reinterpret_cast<Values<4>*>(&round.c3[image][(strip * kRows + row) * kC3Side + column][group * kGroup]) = y;
    }
}

template <int kImages>
CHIFFRE_HOST_DEVICE inline void forward_s4(Round<kImages>& round, int item) {
    constexpr int kPixels = kS4Side * kS4Side;
    const int map = item % kC3Maps, pixel = item / kC3Maps % kPixels, image = item / (kC3Maps * kPixels);
    const float(*corner)[kC3Stride] = &round.c3[image][pixel / kS4Side * 2 * kC3Side + pixel % kS4Side * 2];
    round.s4[map * kPixels + pixel].of[image] =
        0.25f * ((corner[0][map] + corner[1][map]) + (corner[kC3Side][map] + corner[kC3Side + 1][map]));
}

// Item (part, output): the sum over a part of the inputs of x(input) w(input, output).
template <int kIn, int kOut, int kParts, int kImages>
CHIFFRE_HOST_DEVICE inline Values<kImages> multiply_part(const Values<kImages>* x, const float* w, int item) {
    constexpr int kCount = kIn / kParts, kAtOnce = kCount % 25 == 0 ? 25 : kCount % 30 == 0 ? 30 : kCount;
    static_assert(kIn % kParts == 0 && kCount % kAtOnce == 0);
    const int output = item % kOut, first = item / kOut * kCount;
    Values<kImages> sum{};
    CHIFFRE_UNROLL_BY(1)
    for (int i = first; i < first + kCount; i += kAtOnce) {
        float weights[kAtOnce];  // all on their way at once: they come from the second-level cache
        CHIFFRE_UNROLL
        for (int j = 0; j < kAtOnce; ++j) weights[j] = w[(i + j) * kOut + output];
        CHIFFRE_UNROLL
        for (int j = 0; j < kAtOnce; ++j)
            for (int image = 0; image < kImages; ++image) sum.of[image] += x[i + j].of[image] * weights[j];
    }
    return sum;
}

template <int kOut, int kParts, int kImages>
CHIFFRE_HOST_DEVICE inline float sum_of_parts(const Values<kImages>* parts, int output, int image) {
    float sum = parts[output].of[image];
    for (int part = 1; part < kParts; ++part) sum += parts[part * kOut + output].of[image];
    return sum;
}

// Parts of the inputs, as many as give each thread of 512 work.
inline constexpr int kC5Parts = 4, kF6Parts = 6, kOutputParts = 12, kDc5Parts = 4;

template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void forward_dense(Block& block, Round<kImages>& round, const TrainedWeights& weights) {
    auto* parts = reinterpret_cast<Values<kImages>*>(round.scratch);
    block.each(kC5Out * kC5Parts, [&](int item) {
        parts[item] = multiply_part<kC5In, kC5Out, kC5Parts>(round.s4, weights.c5_by_input, item);
    });
    block.each(kC5Out * kImages, [&](int item) {
        const int output = item / kImages, image = item % kImages;
        round.c5[output].of[image] = training_tanh(weights.parameters[bias_offset(kC5) + output] +
                                                   sum_of_parts<kC5Out, kC5Parts>(parts, output, image));
    });
    block.each(kF6Out * kF6Parts, [&](int item) {
        parts[item] = multiply_part<kC5Out, kF6Out, kF6Parts>(round.c5, weights.f6_by_input, item);
    });
    block.each(kF6Out * kImages, [&](int item) {
        const int output = item / kImages, image = item % kImages;
        round.f6[output].of[image] = training_tanh(weights.parameters[bias_offset(kF6) + output] +
                                                   sum_of_parts<kF6Out, kF6Parts>(parts, output, image));
    });
    block.each(kClasses * kOutputParts, [&](int item) {
        const int output = item % kClasses, part = item / kClasses;
        constexpr int kCount = kF6Out / kOutputParts;
        const float* w = weights.parameters + weight_offset(kOutput) + output * kF6Out + part * kCount;
        Values<kImages> sum{};
        for (int i = 0; i < kCount; ++i)
            for (int image = 0; image < kImages; ++image) sum.of[image] += round.f6[part * kCount + i].of[image] * w[i];
        parts[item] = sum;
    });
    block.each(kClasses * kImages, [&](int item) {
        const int output = item / kImages, image = item % kImages;
        round.output[output].of[image] = weights.parameters[bias_offset(kOutput) + output] +
                                         sum_of_parts<kClasses, kOutputParts>(parts, output, image);
    });
}

// From tiles to logits in round.output. The convolutions' weights are staged.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void forward(Block& block, Round<kImages>& round, const TrainedWeights& weights,
                                 const std::uint8_t* tiles, const std::uint8_t* labels, int count) {
    load_tiles(block, round, tiles, labels, count);
    block.each(kImages * kC1Items, [&](int item) { forward_c1(round, item); });
    block.each(kImages * kC1Maps / 2 * kS2Pixels, [&](int item) { forward_s2(round, item); });
    block.each(kImages * kC3Items, [&](int item) { forward_c3(round, item); });
    block.each(kImages * kC5In, [&](int item) { forward_s4(round, item); });
    forward_dense(block, round, weights);
}

}  // namespace chiffre::cuda
