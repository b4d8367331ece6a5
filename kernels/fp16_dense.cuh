// fp16_dense.cuh -- C5, F6 and the output layer on the tensor cores, for the 16 images of a team.
#pragma once

#include "forward.h"
#include "fp16_layout.cuh"
#include "mma.cuh"
#include "ranking.cuh"

namespace chiffre::cuda::fp16 {

// kCount of the N tiles of a dense layer, from `first` on: sums += in(16, K) x weights. Tiles beyond the layer's are
// computed from its last one and thrown away by the caller.
template <int kSteps, int kTiles, int kCount, int kRow>
__device__ inline void dense(float (&sums)[kCount][4], const __half (&in)[kGroup][kRow],
                             const std::uint32_t (&weights)[kSteps][kTiles][kLanes][2], int first, Lane lane) {
    const __half* row = &in[lane.lane % 16][lane.lane / 16 * 8];
#pragma unroll 5
    for (int step = 0; step < kSteps; ++step) {
        std::uint32_t a[4];
        load_matrix(a, row + 16 * step);
#pragma unroll
        for (int i = 0; i < kCount; ++i) {
            const uint2 b = *reinterpret_cast<const uint2*>(weights[step][min(first + i, kTiles - 1)][lane.lane]);
            mma_f16(sums[i], a[0], a[1], a[2], a[3], b.x, b.y);
        }
    }
}

// A warp's share of a dense layer with tanh.
template <int kSteps, int kTiles, int kInRow, int kOutRow>
__device__ inline void dense_tanh(__half (&out)[kGroup][kOutRow], const __half (&in)[kGroup][kInRow],
                                  const std::uint32_t (&weights)[kSteps][kTiles][kLanes][2],
                                  const float (&biases)[8 * kTiles], int warp, Lane lane) {
    constexpr int kShare = ceil_div(kTiles, kTeamWarps);
    const int first = warp * kShare;
    float sums[kShare][4] = {};
    dense(sums, in, weights, first, lane);
#pragma unroll
    for (int i = 0; i < kShare; ++i) {
        if (first + i >= kTiles) break;
        const int column = 8 * (first + i) + 2 * lane.t;
        const float2 bias = *reinterpret_cast<const float2*>(biases + column);
        const auto store = [&](int row, float left, float right) {
            *reinterpret_cast<__half2*>(&out[row][column]) =
                __floats2half2_rn(tanh_approx(left + bias.x), tanh_approx(right + bias.y));
        };
        store(lane.g, sums[i][0], sums[i][1]);
        store(lane.g + 8, sums[i][2], sums[i][3]);
    }
}

// The output layer of `count` images from `first` on, and their ranking where it is wanted. One warp.
__device__ inline void output(const ForwardBatch& batch, std::int64_t first, int count, TeamMemory& memory,
                              const Weights::Dense& weights, Lane lane) {
    float sums[kOutTiles][4] = {};
    dense(sums, memory.f6, weights.output, 0, lane);
    // For the ranking an image's scores meet where its F6 was, which nobody else reads.
    const auto scores_of = [&memory](int row) { return reinterpret_cast<float*>(memory.f6[row]); };
    __syncwarp();
#pragma unroll
    for (int tile = 0; tile < kOutTiles; ++tile) {
        const int column = 8 * tile + 2 * lane.t;
        if (column >= kClasses) continue;
        const float2 bias = *reinterpret_cast<const float2*>(weights.output_bias + column);
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const int row = lane.g + 8 * half;
            const float2 scores = {sums[tile][2 * half] + bias.x, sums[tile][2 * half + 1] + bias.y};
            if (row < count) *reinterpret_cast<float2*>(batch.scores + (first + row) * kClasses + column) = scores;
            if (batch.top) *reinterpret_cast<float2*>(scores_of(row) + column) = scores;
        }
    }
    if (!batch.top) return;
    __syncwarp();
    if (lane.lane < count) rank(batch.top + (first + lane.lane) * batch.k, scores_of(lane.lane), batch.k);
    __syncwarp();
}

}  // namespace chiffre::cuda::fp16
