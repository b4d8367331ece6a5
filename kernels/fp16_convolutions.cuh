// fp16_convolutions.cuh -- C1 and C3 with tanh and pooling on the tensor cores, for one pair of warps. forward_fp16.cu
// explains how they become matrix products.
#pragma once

#include "fp16_layout.cuh"
#include "mma.cuh"

namespace chiffre::cuda::fp16 {

// What a lane keeps of the convolutions for the life of the kernel.
struct ConvolutionWeights {
    std::uint32_t c1_high[kC1Tiles][kC1Registers], c1_low[kC1Tiles][kC1Registers];
    std::uint32_t c3[kC3Steps][kC3Tiles / 2][2];  // of its warp's half of the channels
    float high_scale, low_scale, offset[kC1Tiles / 2];
};

__device__ inline ConvolutionWeights load_convolutions(const Weights* weights, Lane lane) {
    ConvolutionWeights w;
#pragma unroll
    for (int tile = 0; tile < kC1Tiles; ++tile)
#pragma unroll
        for (int r = 0; r < kC1Registers; ++r) {
            w.c1_high[tile][r] = weights->c1_high[tile][r][lane.lane];
            w.c1_low[tile][r] = weights->c1_low[tile][r][lane.lane];
        }
#pragma unroll
    for (int step = 0; step < kC3Steps; ++step)
#pragma unroll
        for (int tile = 0; tile < kC3Tiles / 2; ++tile)
#pragma unroll
            for (int r = 0; r < 2; ++r)
                w.c3[step][tile][r] = weights->c3[step][kC3Tiles / 2 * lane.half + tile][r][lane.lane];
    w.high_scale = weights->c1_high_scale;
    w.low_scale = weights->c1_low_scale;
#pragma unroll
    for (int j = 0; j < kC1Tiles / 2; ++j) w.offset[j] = weights->c1_offset[2 * j + lane.t / 2];
    return w;
}

__device__ inline std::uint32_t bits(__half2 pair) {
    return *reinterpret_cast<std::uint32_t*>(&pair);
}

__device__ inline float sum_of_tanh(float a, float b, float c, float d) {
    return (tanh_approx(a) + tanh_approx(b)) + (tanh_approx(c) + tanh_approx(d));
}

// Four outputs of C1 (of rows g where kRow is 0, g + 8 where it is 2) -> their value in S2.
template <int kRow>
__device__ inline float pool_c1(const int (&high)[2][4], const int (&low)[2][4], const ConvolutionWeights& w,
                                float offset) {
    const auto z = [&](int y, int x) {
        const float fine = fmaf(__int_as_float(low[y][kRow + x]), w.low_scale, offset);
        return fmaf(__int_as_float(high[y][kRow + x]), w.high_scale, fine);
    };
    return sum_of_tanh(z(0, 0), z(0, 1), z(1, 0), z(1, 1));
}

// A word of shared memory, loaded where it is written: the compiler would move the load to where its value is used.
__device__ inline std::uint32_t load_shared_here(const std::uint32_t* word) {
    std::uint32_t value;
    asm volatile("ld.shared.u32 %0, [%1];"
                 : "=r"(value)
                 : "r"(static_cast<std::uint32_t>(__cvta_generic_to_shared(word)))
                 : "memory");
    return value;
}

// The bytes of C1's windows g and g + 8, in the order of the matrix instructions' operands; the two windows share two
// rows of the tile.
struct C1Windows {
    std::uint32_t k32[4], k16[2];

    __device__ explicit C1Windows(const std::uint32_t* in) {
        const auto rows = [in](int i) { return load_shared_here(in + 2 * kRowWords * i); };
        k32[0] = rows(0), k32[1] = rows(1), k32[2] = rows(1), k32[3] = rows(2);
        k16[0] = rows(2), k16[1] = rows(3);
    }
};

// C1, tanh and S2 of `images` tiles.
__device__ inline void convolve_c1(PairMemory& memory, const ConvolutionWeights& w, const Place (&places)[kC1Places],
                                   int images, Lane lane) {
    const int pairs = images * kC1Pairs;
    const std::uint32_t* corner = memory.tiles + lane.t / 2 * kRowWords + lane.t % 2;
    std::uint32_t* out = memory.s2 + lane.t / 2 * kS2Channel + lane.t % 2;
    const int first = lane.g + kRows * lane.half;
    Place next = places[first];
    C1Windows windows(corner + next.in);
#pragma unroll 1
    for (int pair = first; pair - lane.g < pairs; pair += 2 * kRows) {
        const Place place = next;
        next = places[pair + 2 * kRows];
        const C1Windows x = windows;
        std::uint32_t pooled[kC1Tiles / 2];
#pragma unroll
        for (int j = 0; j < kC1Tiles / 2; ++j) {
            int high[2][4], low[2][4];
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                const auto& hi = w.c1_high[2 * j + i];
                const auto& lo = w.c1_low[2 * j + i];
                mma_u8s8_k32(high[i], x.k32[0], x.k32[1], x.k32[2], x.k32[3], hi[0], hi[1], kMagicBits);
                mma_u8s8_k32(low[i], x.k32[0], x.k32[1], x.k32[2], x.k32[3], lo[0], lo[1], kMagicBits);
                mma_u8s8_k16(high[i], x.k16[0], x.k16[1], hi[2]);
                mma_u8s8_k16(low[i], x.k16[0], x.k16[1], lo[2]);
            }
            if (j == kC1Tiles / 2 - 1) windows = C1Windows(corner + next.in);  // of the next turn
            pooled[j] =
                bits(__floats2half2_rn(pool_c1<0>(high, low, w, w.offset[j]), pool_c1<2>(high, low, w, w.offset[j])));
        }
        if (pair < pairs) {
#pragma unroll
            for (int j = 0; j < kC1Tiles / 2; ++j) out[2 * j * kS2Channel + place.out] = pooled[j];
        }
    }
}

// C3, tanh and S4 of `images` images; their rows of S4 begin at `s4`.
__device__ inline void convolve_c3(__half* s4, const PairMemory& memory, const ConvolutionWeights& w,
                                   const Place (&places)[kC3Places], int images, Lane lane) {
    const int windows = images * kC3Windows;
    constexpr std::uint32_t kOnes = 0x3C003C00;  // what the bias is multiplied by
    const std::uint32_t* columns = memory.s2 + lane.t;
    const std::uint32_t* fifths = memory.s2 + lane.t * kS2Channel + 4;
    const std::uint32_t* last_fifths = memory.s2 + (4 + lane.t % 2) * kS2Channel + 4;
    const int lower = lane.t / 2 * kS2Columns;
    constexpr int kTiles = kC3Tiles / 2;  // the warp's half of the channels
    s4 += 4 * lane.t + kTiles * lane.half;

    Place next = places[lane.g];
#pragma unroll 1
    for (int window = lane.g; window - lane.g < windows; window += kRows) {
        const Place place = next;
        next = places[window + kRows];
        const auto at = [&](int quad) -> const std::uint32_t* {
            if (quad < 18) return columns + place.in + quad / 3 * kS2Channel + quad % 3 * kS2Columns;
            if (quad < 21) return fifths + place.in + (quad - 18) * kS2Columns;
            if (quad == 21) return last_fifths + place.in + lower;
            return last_fifths + place.in + 2 * kS2Columns;
        };
        float sums[kTiles][4] = {};
#pragma unroll
        for (int step = 0; step < kC3Steps; ++step) {
            std::uint32_t a[4];
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const int quad = 2 * step + half;
                a[2 * half] = quad == kC3BiasQuad ? kOnes : at(quad)[0];
                a[2 * half + 1] = quad == kC3BiasQuad ? kOnes : at(quad)[1];
            }
#pragma unroll
            for (int tile = 0; tile < kTiles; ++tile)
                mma_f16(sums[tile], a[0], a[1], a[2], a[3], w.c3[step][tile][0], w.c3[step][tile][1]);
        }
        const auto pooled = [&sums](int tile) {
            return sum_of_tanh(sums[tile][0], sums[tile][1], sums[tile][2], sums[tile][3]);
        };
        static_assert(kTiles == 2);
        const __half2 channels = __floats2half2_rn(pooled(0), pooled(1));
        if (window < windows) *reinterpret_cast<__half2*>(s4 + place.out) = channels;
    }
}

}  // namespace chiffre::cuda::fp16
