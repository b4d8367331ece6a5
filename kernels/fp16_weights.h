// fp16_weights.h -- the parameters in the order in which the lanes of the fp16 kernel hold them: one B fragment after
// the other (mma.cuh), so that a lane's registers are filled by coalesced loads. forward_fp16.cu says why the factors
// of a layer stand where they stand.
//
// All factors are 16-bit fixed point, 256 * high + low with both bytes signed, activations as well, but theirs are
// stored with 128 added to each byte (Fixed). Of the product of two such numbers
//   65536 high high + 256 (high low + low high) + low low
// the last term is left out. In uniform areas, where 25 inputs are alike, it would cost as much as all rounding does;
// so C3's factors are chosen such that the low ones of a map nearly cancel.
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

// C3: K counts words of four values, two channels x two rows: 3 pairs of channels x 3 pairs of rows x 5 columns = 45,
// in quads (one word for each t).
inline constexpr int kC3Tiles = 4;  // N = 32: 16 channels x 2 rows of output
inline constexpr int kC3Steps = 6;  // two quads each
inline constexpr int kC3Quads = 2 * kC3Steps;

// Dense layers: K in steps of 16.
inline constexpr int kC5Tiles = 15, kC5Steps = 25;  // 120 outputs; a step is one pooling window's 16 channels
inline constexpr int kF6Tiles = 11, kF6Steps = 8;   // 84 outputs of 88; 120 inputs of 128
inline constexpr int kOutTiles = 2, kOutSteps = 6;  // 10 outputs of 16; 84 inputs of 96

// Which word of C3's window the quad holds for t: pair of channels, pair of rows (0 to 2), column (0 to 4). The first
// nine quads are four columns side by side; the last three collect the fifth columns. channels < 0: none, the factors
// are 0.
struct Word4 {
    int channels, rows, column;
};
constexpr Word4 c3_word(int quad, int t) {
    if (quad < 9) return {quad / 3, quad % 3, t};
    return {t < 3 ? quad - 9 : -1, t, 4};
}

// Activations as fixed point: value * kOne is 256 * high + low, and what is stored is kZero more, two unsigned bytes.
// All of [-1, 1] fits.
inline constexpr float kOne = 32600.0f;
inline constexpr int kZero = 128 * 256 + 128;

// Sums of bytes times signed bytes, started at this integer, are floats by their bits: 1.5 * 2^23 + sum, as long as the
// sum keeps to +-2^22.
inline constexpr std::int32_t kMagicBits = 0x4B400000;
inline constexpr float kMagic = 12582912.0f;

// tanh is made of 2^x: what its argument is multiplied by beforehand, 2 log2(e).
inline constexpr double kTanhToExp2 = 2.8853900817779268;

// Bytes in the order of use. 16-byte aligned members are copied to shared memory whole.
struct Weights {
    using Word = std::uint32_t;
    Word c1_high[kC1Tiles][kC1Registers][kLanes];
    Word c1_low[kC1Tiles][kC1Registers][kLanes];
    Word c3_high[kC3Steps][kC3Tiles][2][kLanes];
    Word c3_low[kC3Steps][kC3Tiles][2][kLanes];

    // An output of a convolution is offset + high_scale * H + low_scale * L, times kTanhToExp2, where H and L are the
    // sums of bytes times high and low bytes (and for C3 low bytes times high bytes), as floats by their bits.
    float c1_high_scale, c1_low_scale;
    float c1_offset[kLayers[kC1].out.c];
    struct Channel {
        float high_scale, low_scale, offset;
        std::int32_t low_start;  // what L starts at
    };
    alignas(16) Channel c3[kLayers[kC3].out.c];

    // A dense layer's output is offset + scale * (256 H + L); what tanh follows is times kTanhToExp2.
    struct Output {
        float scale, offset;
    };
    template <int kSteps, int kTiles>
    struct Layer {
        Word factors[kSteps][kTiles][kLanes][2];  // high bytes, low bytes
        Output outputs[8 * kTiles];
    };
    struct Dense {
        Layer<kC5Steps, kC5Tiles> c5;
        Layer<kF6Steps, kF6Tiles> f6;
        Layer<kOutSteps, kOutTiles> output;
    };
    alignas(16) Dense dense;

    // Whether a convolution's output can be so large that the power of two which tanh is made of overflows.
    bool wide;
};

// `parameters`: kParameters floats in lenet5.h's memory map.
void pack(Weights& packed, const float* parameters);

}  // namespace chiffre::cuda::fp16
