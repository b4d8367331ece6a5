// mixed_round.h -- a round in mixed precision: factors are halves, sums fp32 on the tensor cores, and the parameters
// themselves stay fp32. Gradients are of the sum over the batch, not of its mean, until they leave the round: so the
// halves hold them without further scaling (they are at most 1 at the logits and fall far less than 2^14 from there).
//
// A Block (round.h) has one more function here: warps(f) runs f(warp, warps) for every warp of the block, with a
// barrier after it.
#pragma once

#include "dense_gradient.h"
#include "matrix_tiles.h"
#include "round.h"

namespace chiffre::cuda {

// C1 as a product with a Toeplitz matrix: a window of 6 rows x 8 columns of the tile gives a patch of 2 x 4 pixels of
// all six maps. An input value is then read six times, not 25 times, and both sides are 48, three times 16.
inline constexpr int kWindowRows = 6, kWindowColumns = 8, kWindow = kWindowRows * kWindowColumns;
inline constexpr int kPatchRows = 2, kPatchColumns = 4, kPatch = kPatchRows * kPatchColumns * kC1Maps;
inline constexpr int kPatchesAcross = kC1Side / kPatchColumns, kPatches = kPatchesAcross * kC1Side / kPatchRows;
static_assert(kWindow == 48 && kPatch == 48);

// Element of a patch: the two pixels of a row that S2 takes the mean of stand together, and the maps of one pixel of
// S2.
CHIFFRE_HOST_DEVICE constexpr int patch_element(int row, int column, int map) {
    return row * (kPatch / 2) + (column / 2 * kC1Maps + map) * 2 + column % 2;
}

// Distances in halves: odd multiples of 16 bytes, so that eight rows lie in different banks.
inline constexpr int kPatchPitch = kPatch + 8, kW1Pitch = 4 * 16 + 8;
// Rows of a tile and its second copy are such that the windows of eight patches in a row begin in different banks.
inline constexpr int kWindowPitch = kTileSide + 16, kCopyPitch = kTileSide * kWindowPitch + 40;
inline constexpr int kS2Channels = 8;      // six maps; a one, whose weights are the biases; a zero
inline constexpr int kC3Taps = kTaps + 1;  // an even number; the last one's weights are zero
inline constexpr int kC3Steps = kC3Taps * kS2Channels / 16;
inline constexpr int kC3Inputs = (kC3Steps + 1) * 16 + 8;  // of a map, for loads of two steps, with a distance
inline constexpr int kBorder = kKernelSide - 1, kC3Padded = kC3Side + 2 * kBorder;  // zeros around C3's maps
inline constexpr int kC3Pixel = kC3Maps + 8;

// The dense layers in tiles of 16 x 16 (matrix_tiles.h), forward and transposed.
template <int kLayer>
struct DenseTiles {
    static constexpr int kFirst = weight_offset(kLayer), kWeights = kLayers[kLayer].weights();
    static constexpr int kInputs = kLayers[kLayer].in.size();
    static constexpr int kOut = (kLayers[kLayer].out.c + 15) / 16, kIn = (kInputs + 15) / 16;
    static constexpr int kHalves = kOut * kIn * kPackedTile;
};
using C5Tiles = DenseTiles<kC5>;
using F6Tiles = DenseTiles<kF6>;
using OutputTiles = DenseTiles<kOutput>;

// In global memory; zero where a tile reaches over the edge.
struct PackedDense {
    __half *c5, *c5_transposed, *f6, *f6_transposed, *output, *output_transposed;
};
inline constexpr int kPackedDenseHalves = 2 * (C5Tiles::kHalves + F6Tiles::kHalves + OutputTiles::kHalves);

CHIFFRE_HOST_DEVICE inline PackedDense packed_dense(__half* memory) {
    PackedDense p;
    p.c5 = memory;
    p.c5_transposed = p.c5 + C5Tiles::kHalves;
    p.f6 = p.c5_transposed + C5Tiles::kHalves;
    p.f6_transposed = p.f6 + F6Tiles::kHalves;
    p.output = p.f6_transposed + F6Tiles::kHalves;
    p.output_transposed = p.output + OutputTiles::kHalves;
    return p;
}

// Puts parameter i, where it is a weight of the layer, in its two places.
template <typename Tiles>
CHIFFRE_HOST_DEVICE inline void pack_layer(__half* forward, __half* transposed, int i, float value) {
    if (i < Tiles::kFirst || i >= Tiles::kFirst + Tiles::kWeights) return;
    const int out = (i - Tiles::kFirst) / Tiles::kInputs, in = (i - Tiles::kFirst) % Tiles::kInputs;
    const __half half_value = __float2half(value);
    forward[(out / 16 * Tiles::kIn + in / 16) * kPackedTile + packed_index(out % 16, in % 16)] = half_value;
    transposed[(in / 16 * Tiles::kOut + out / 16) * kPackedTile + packed_index(in % 16, out % 16)] = half_value;
}
CHIFFRE_HOST_DEVICE inline void pack_dense(const PackedDense& packed, int i, float value) {
    pack_layer<C5Tiles>(packed.c5, packed.c5_transposed, i, value);
    pack_layer<F6Tiles>(packed.f6, packed.f6_transposed, i, value);
    pack_layer<OutputTiles>(packed.output, packed.output_transposed, i, value);
}

// Vectors of the dense layers: one row for each of 8 images, of which kImages are there, with room for whole tiles and
// a distance.
inline constexpr int kColumns = 8;
template <int kTiles>
using DenseVectors = __half[kColumns][(kTiles + kTiles % 2) * 16 + 8];

// Sums of a round that several warps have parts of: so many parts. A round of one image has as little memory as can be.
template <int kImages>
inline constexpr int kC3Splits = kImages == 1 ? 1 : 3;
template <int kImages>
inline constexpr int kC1Splits = kImages == 1 ? 1 : 4;
inline constexpr int kC1SumPitch = kWindow + 2;  // a row of the Toeplitz matrix's gradient, and the biases'
template <int kImages>
inline constexpr int kSumsOfC1 = kC1Splits<kImages>* kPatch* kC1SumPitch;
template <int kImages>
inline constexpr int kSumsOfC3 = kC3Splits<kImages>* kTaps* kC3Maps* kS2Channels;
template <int kImages>
inline constexpr int kMixedScratch = kSumsOfC1<kImages> > kSumsOfC3<kImages> ? kSumsOfC1<kImages> : kSumsOfC3<kImages>;

// The convolutions' weights as the products read them. A copy in global memory follows the parameters, and every block
// fetches it whole.
struct alignas(16) MixedConvolutions {
    alignas(16) __half w1[kPatch][kW1Pitch];                  // (patch element, window element)
    alignas(16) __half w3[kC3Maps][kC3Inputs];                // (map, tap, channel)
    alignas(16) __half w3_back[kTaps][kC3Maps][kS2Channels];  // (tap, map, channel)
    float b1[kC1Maps];
};

// Puts parameter i, where it is one of a convolution, in its places; the others are zero and stay so.
CHIFFRE_HOST_DEVICE inline void pack_convolution(MixedConvolutions& packed, int i, float value) {
    if (i < bias_offset(kC1)) {
        const int map = i / kTaps, ky = i % kTaps / kKernelSide, kx = i % kKernelSide;
        for (int y = 0; y < kPatchRows; ++y)
            for (int x = 0; x < kPatchColumns; ++x)
                packed.w1[patch_element(y, x, map)][(y + ky) * kWindowColumns + x + kx] = __float2half(value);
    } else if (i < weight_offset(kC3)) {
        packed.b1[i - bias_offset(kC1)] = value;
    } else if (i < bias_offset(kC3)) {
        const int at = i - weight_offset(kC3), map = at / (kC1Maps * kTaps), c = at / kTaps % kC1Maps, tap = at % kTaps;
        packed.w3[map][tap * kS2Channels + c] = packed.w3_back[tap][map][c] = __float2half(value);
    } else if (i < kConvolutionParameters) {
        packed.w3[i - bias_offset(kC3)][kC1Maps] = __float2half(value);  // of the channel of ones, at the first tap
    }
}

// All that the passes read of the parameters, but for the dense layers' biases: in global memory, 16-byte aligned.
inline constexpr int kPackedHalves = kPackedDenseHalves + static_cast<int>(sizeof(MixedConvolutions) / sizeof(__half));

CHIFFRE_HOST_DEVICE inline MixedConvolutions& packed_convolutions(__half* memory) {
    return *reinterpret_cast<MixedConvolutions*>(memory + kPackedDenseHalves);
}
CHIFFRE_HOST_DEVICE inline void pack(__half* memory, int i, float value) {
    pack_dense(packed_dense(memory), i, value);
    pack_convolution(packed_convolutions(memory), i, value);
}

template <int kImages>
struct alignas(16) MixedRound {
    static_assert(kImages <= kColumns);
    using OfImages = Values<kImages>;

    MixedConvolutions weights;
    alignas(16) __half x[kImages][2][kCopyPitch];           // the second four pixels further, for alignment
    alignas(16) __half c1[kImages][kPatches][kPatchPitch];  // after tanh; on the way back dc1
    alignas(16) __half s2[kImages][kS2Pixels][kS2Channels];
    alignas(16) __half c3[kImages][kC3Padded * kC3Padded][kC3Pixel];  // as c1
    alignas(16) __half zeros[kPatchPitch];                            // in the place of what is not there
    alignas(16) DenseVectors<C5Tiles::kIn> s4;
    alignas(16) DenseVectors<C5Tiles::kOut> c5, dc5;
    alignas(16) DenseVectors<F6Tiles::kOut> f6;
    alignas(16) DenseVectors<F6Tiles::kOut + 1> df6;  // read in two parts of three tiles, two at a time
    alignas(16) DenseVectors<OutputTiles::kOut> doutput_half;
    OfImages output[kClasses], doutput[kClasses];
    // The second half of a step has it too; with rounds of one image it takes the whole round.
    alignas(16) float scratch[kImages == 1 ? kMixedScratch<1> : kTaskScratch];
    static_assert(kMixedScratch<kImages> <= (kImages == 1 ? kMixedScratch<1> : kTaskScratch));
    float gradient[kConvolutionParameters];  // sum over the rounds of a step, and over their images
    int labels[kImages];                     // kEmpty: no image
    float loss[kImages];
    int wrong[kImages];
};

}  // namespace chiffre::cuda
