// fp16_dense.cuh -- C5, F6 and the output layer on the tensor cores, for the 16 images of a team.
#pragma once

#include "forward.h"
#include "fp16_layout.cuh"
#include "fp16_numbers.cuh"
#include "mma.cuh"
#include "ranking.cuh"

namespace chiffre::cuda::fp16 {

// Sums of a dense layer's N tile: of high bytes times high bytes, and of the two mixed products.
struct DenseSums {
    int high[4], low[4];

    // Of rows g (i of 0 and 1) and g + 8 (2 and 3), columns 2t and 2t + 1.
    __device__ float value(int i, Weights::Output output) const {
        return fmaf(fmaf(static_cast<float>(high[i]), 256, static_cast<float>(low[i])), output.scale, output.offset);
    }
};

// kCount of the N tiles of a dense layer, from `first` on: in(16, K) x factors. Tiles beyond the layer's are computed
// from its last one and thrown away by the caller.
template <int kCount, int kInputs, int kSteps, int kTiles>
__device__ inline void dense(DenseSums (&sums)[kCount], const Operand<kInputs>& in,
                             const Weights::Layer<kSteps, kTiles>& layer, int first, Lane lane) {
    static_assert(kInputs == 16 * kSteps);
#pragma unroll
    for (DenseSums& sum : sums)
#pragma unroll
        for (int i = 0; i < 4; ++i) sum.high[i] = sum.low[i] = 0;
    const int row = lane.lane % 16, half = lane.lane / 16;
    const auto factors = [&](int step, int i) {  // x the high bytes, y the low ones
        return *reinterpret_cast<const uint2*>(layer.factors[step][min(first + i, kTiles - 1)][lane.lane]);
    };
#pragma unroll 3
    for (int step = 0; step + 1 < kSteps; step += 2) {
        std::uint32_t high[4], low[4];
        load_matrix(high, &in.high[row][16 * (step + half)]);
        load_matrix(low, &in.low[row][16 * (step + half)]);
#pragma unroll
        for (int i = 0; i < kCount; ++i) {
            const uint2 b0 = factors(step, i), b1 = factors(step + 1, i);
            mma_u8s8_k32(sums[i].high, high, b0.x, b1.x);
            mma_u8s8_k32(sums[i].low, high, b0.y, b1.y);
            mma_u8s8_k32(sums[i].low, low, b0.x, b1.x);
        }
    }
    if constexpr (kSteps % 2 == 1) {
        std::uint32_t high[4], low[4];  // the second halves are not used: the same once more
        load_matrix(high, &in.high[row][16 * (kSteps - 1)]);
        load_matrix(low, &in.low[row][16 * (kSteps - 1)]);
#pragma unroll
        for (int i = 0; i < kCount; ++i) {
            const uint2 b = factors(kSteps - 1, i);
            mma_u8s8_k16(sums[i].high, high[0], high[1], b.x);
            mma_u8s8_k16(sums[i].low, high[0], high[1], b.y);
            mma_u8s8_k16(sums[i].low, low[0], low[1], b.x);
        }
    }
}

// What the outputs of columns 2t and 2t + 1 of N tile `tile` are made with.
template <int kSteps, int kTiles>
__device__ inline float4 outputs_of(const Weights::Layer<kSteps, kTiles>& layer, int tile, Lane lane) {
    return *reinterpret_cast<const float4*>(&layer.outputs[8 * tile + 2 * lane.t]);
}

// A warp's share of a dense layer with tanh.
template <int kInputs, int kOutputs, int kSteps, int kTiles>
__device__ inline void dense_tanh(Operand<kOutputs>& out, const Operand<kInputs>& in,
                                  const Weights::Layer<kSteps, kTiles>& layer, int warp, Lane lane) {
    constexpr int kShare = ceil_div(kTiles, kTeamWarps);
    const int first = warp * kShare;
    DenseSums sums[kShare];
    dense(sums, in, layer, first, lane);
#pragma unroll
    for (int i = 0; i < kShare; ++i) {
        if (first + i >= kTiles) break;
        const float4 with = outputs_of(layer, first + i, lane);
        const int column = 8 * (first + i) + 2 * lane.t;
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const std::uint32_t left = fixed_tanh(sums[i].value(2 * half, {with.x, with.y}));
            const std::uint32_t right = fixed_tanh(sums[i].value(2 * half + 1, {with.z, with.w}));
            const int row = lane.g + 8 * half;
            *reinterpret_cast<std::uint16_t*>(&out.high[row][column]) = high_bytes(left, right);
            *reinterpret_cast<std::uint16_t*>(&out.low[row][column]) = low_bytes(left, right);
        }
    }
}

// The output layer of `count` images from `first` on, and their ranking where it is wanted. One warp.
__device__ inline void output(const ForwardBatch& batch, std::int64_t first, int count, TeamMemory& memory,
                              const Weights::Dense& weights, Lane lane) {
    DenseSums sums[kOutTiles];
    dense(sums, memory.f6, weights.output, 0, lane);
    // For the ranking an image's scores meet where its F6 was, which nobody else reads.
    const auto scores_of = [&memory](int row) { return reinterpret_cast<float*>(memory.f6.high[row]); };
    __syncwarp();
#pragma unroll
    for (int tile = 0; tile < kOutTiles; ++tile) {
        const int column = 8 * tile + 2 * lane.t;
        if (column >= kClasses) continue;
        const float4 with = outputs_of(weights.output, tile, lane);
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const int row = lane.g + 8 * half;
            const float2 scores = {sums[tile].value(2 * half, {with.x, with.y}),
                                   sums[tile].value(2 * half + 1, {with.z, with.w})};
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
