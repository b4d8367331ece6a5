// fp16_layout.cuh -- the fp16 kernel's shared memory, and which thread is who. forward_fp16.cu explains it as a whole.
#pragma once

#include <cstdint>

#include "device.cuh"
#include "fp16_weights.h"
#include "tile.h"

namespace chiffre::cuda::fp16 {

constexpr int kTeamWarps = 4, kPairs = kTeamWarps / 2;
constexpr int kTeamThreads = kTeamWarps * kLanes;
constexpr int kGroup = 16;  // images of a team
constexpr int kPass = 2;    // images that a pair of warps carries at a time
constexpr int kTileWords = kTileBytes / 4, kRowWords = kTileSide / 4;

// S2 of an image: (pair of channels, pair of rows, column), each word the bytes of two values above each other of
// either channel; all high bytes, then all low ones. No padding makes the lanes meet less in the banks.
constexpr int kS2Pairs = kLayers[kS2].out.h / 2, kS2Columns = kLayers[kS2].out.w;
constexpr int kS2Channels = kS2Pairs * kS2Columns;
constexpr int kS2Image = kLayers[kS2].out.c / 2 * kS2Channels;

constexpr int kC1PairsX = kLayers[kS2].out.w / 2;                    // windows side by side
constexpr int kC1Pairs = kS2Pairs * kC1PairsX;                       // of windows above each other, in an image: 49
constexpr int kC3Windows = kLayers[kS4].out.h * kLayers[kS4].out.w;  // 25
constexpr int kRows = 8;  // that an M tile takes of these: its other 8 are neighbours

struct alignas(16) PairMemory {
    std::uint32_t tiles[kPass * kTileWords];
    std::uint32_t s2_high[kPass * kS2Image], s2_low[kPass * kS2Image];
};
// What a dense layer reads: kInputs values of 16 images. Rows lie so that the eight which a matrix load reads together
// are in different banks.
template <int kInputs>
struct alignas(16) Operand {
    static constexpr int kRow = kInputs % 32 == 0 ? kInputs + 16 : kInputs;
    std::uint8_t high[kGroup][kRow], low[kGroup][kRow];
};
struct alignas(16) TeamMemory {
    PairMemory pairs[kPairs];
    Operand<16 * kC5Steps> s4;
    Operand<16 * kF6Steps> c5;
    Operand<16 * kOutSteps> f6;
};

// Where the windows of a pass lie, counted image by image: in words of the tiles or of S2, and where their outputs go,
// in words of S2 or bytes of S4. A table, because divisions by 7 and 5 for every turn of the loops cost a tenth of all
// time. It has entries for the turn after the last.
struct Place {
    std::uint16_t in, out;
};
constexpr int kC1Places = ceil_div(kPass * kC1Pairs, kRows) * kRows + 2 * kRows;
constexpr int kC3Places = ceil_div(kPass * kC3Windows, kRows) * kRows + kRows;

struct Places {
    Place c1[kC1Places], c3[kC3Places];
};
template <int kTeams>
struct alignas(16) BlockMemory {
    TeamMemory teams[kTeams];
    Places places;
};
template <int kTeams>
struct alignas(16) BlockMemoryWithWeights : BlockMemory<kTeams> {
    Weights::Dense dense;
};
// What the GPUs allow a block: compute capability 7.5; 8.6, 8.9 and 12.0; 8.0; 9.0 and 10.0.
static_assert(sizeof(BlockMemory<1>) <= 64 * 1024);
static_assert(sizeof(BlockMemory<2>) <= 99 * 1024);
static_assert(sizeof(BlockMemory<3>) <= 163 * 1024);
static_assert(sizeof(BlockMemoryWithWeights<3>) <= 227 * 1024);

// half: which of its pair the warp is.
struct Lane {
    int lane, g, t, half;
};

__device__ inline void fill_places(Places& places, int threads) {
    for (int i = static_cast<int>(threadIdx.x); i < kC1Places; i += threads) {
        const int pair = min(i, kPass * kC1Pairs - 1), image = pair / kC1Pairs, in_image = pair % kC1Pairs;
        const int y = in_image / kC1PairsX, x = in_image % kC1PairsX;
        places.c1[i].in = static_cast<std::uint16_t>(image * kTileWords + 4 * kRowWords * y + x);
        places.c1[i].out = static_cast<std::uint16_t>(image * kS2Image + 2 * in_image);
    }
    for (int i = static_cast<int>(threadIdx.x); i < kC3Places; i += threads) {
        const int window = min(i, kPass * kC3Windows - 1), image = window / kC3Windows, in_image = window % kC3Windows;
        const int y = in_image / kLayers[kS4].out.w, x = in_image % kLayers[kS4].out.w;
        places.c3[i].in = static_cast<std::uint16_t>(image * kS2Image + y * kS2Columns + 2 * x);
        places.c3[i].out =
            static_cast<std::uint16_t>(image * Operand<16 * kC5Steps>::kRow + in_image * kLayers[kS4].out.c);
    }
}

}  // namespace chiffre::cuda::fp16
