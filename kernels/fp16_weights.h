// fp16_weights.h -- the parameters in the order in which the lanes of the fp16 kernel hold them: one B fragment after
// the other (mma.cuh), so that a lane's registers are filled by coalesced loads. forward_fp16.cu says why the factors
// of a layer stand where they stand.
#pragma once

#include <array>
#include <cstdint>

#include "lenet5.h"

namespace chiffre::cuda::fp16 {

inline constexpr int kLanes = 32;

// C1: an M row is a window of 6 rows x 8 bytes of the tile, K its 48 bytes, N the 8 outputs (2 rows x 4 columns) of 6
// channels that the window sees whole. K = 32 + 16.
inline constexpr int kC1Tiles = 6;      // N = 6 x 8
inline constexpr int kC1Registers = 3;  // of a lane and N tile: two of the k32 step, one of the k16 step
inline constexpr int kC1WindowBytes = 8, kC1WindowRows = 6;

// C3: K counts pairs of vertical neighbours: 6 channels x 3 pairs x 5 columns = 90, in quads (one pair for each t).
inline constexpr int kC3Tiles = 4;   // N = 32: 16 channels x 2 rows of output
inline constexpr int kC3Steps = 12;  // two quads each
inline constexpr int kC3Quads = 2 * kC3Steps;
inline constexpr int kC3BiasQuad = kC3Quads - 1;

inline constexpr int kC5Tiles = 15, kC5Steps = 25;  // 120 outputs; a step is one pooling window's 16 channels
inline constexpr int kF6Tiles = 11, kF6Steps = 8;   // 84 outputs of 88; 120 inputs of 128
inline constexpr int kOutTiles = 2, kOutSteps = 6;  // 10 outputs of 16; 84 inputs of 96

// Which pair of C3's window the quad holds for t: input channel, pair of rows (0 to 2), column (0 to 4). The first 18
// quads are four columns side by side; the next five collect the fifth columns. channel < 0: none, the factor is 0. The
// last quad is none of them: it multiplies the bias by one.
struct Pair {
    int channel, rows, column;
};
constexpr Pair c3_pair(int quad, int t) {
    if (quad < 18) return {quad / 3, quad % 3, t};
    if (quad < 21) return {t, quad - 18, 4};
    if (quad == 21) return {4 + t % 2, t / 2, 4};
    if (quad == 22) return {t < 2 ? 4 + t : -1, 2, 4};
    return {-1, 0, 0};
}

// Pairs of halves, bytes or floats in the order of use. 16-byte aligned members are copied to shared memory whole.
struct Weights {
    using Word = std::uint32_t;
    Word c1_high[kC1Tiles][kC1Registers][kLanes];  // C1's factors in 16-bit fixed point: 256 * high + low
    Word c1_low[kC1Tiles][kC1Registers][kLanes];
    Word c3[kC3Steps][kC3Tiles][2][kLanes];
    struct Dense {
        Word c5[kC5Steps][kC5Tiles][kLanes][2];
        Word f6[kF6Steps][kF6Tiles][kLanes][2];
        Word output[kOutSteps][kOutTiles][kLanes][2];
        float c5_bias[8 * kC5Tiles];
        float f6_bias[8 * kF6Tiles];
        float output_bias[8 * kOutTiles];
    };
    alignas(16) Dense dense;
    float c1_high_scale, c1_low_scale;
    float c1_offset[kLayers[kC1].out.c];
};

// Sums of bytes times signed bytes, started at this integer, are floats by their bits: 1.5 * 2^23 + sum.
inline constexpr std::int32_t kMagicBits = 0x4B400000;
inline constexpr float kMagic = 12582912.0f;

// `parameters`: kParameters floats in lenet5.h's memory map.
void pack(Weights& packed, const float* parameters);

}  // namespace chiffre::cuda::fp16
