// fp16_convolutions.cuh -- C1 and C3 with tanh and pooling on the tensor cores, for one pair of warps. forward_fp16.cu
// explains how they become matrix products.
#pragma once

#include "fp16_layout.cuh"
#include "fp16_numbers.cuh"
#include "mma.cuh"

namespace chiffre::cuda::fp16 {

// What a lane keeps of the convolutions for the life of the kernel. kC3Own: the N tiles of its warp's half of the
// channels, one channel of each for a lane.
constexpr int kC3Own = kC3Tiles / 2;
struct ConvolutionWeights {
    std::uint32_t c1_high[kC1Tiles][kC1Registers], c1_low[kC1Tiles][kC1Registers];
    std::uint32_t c3_high[kC3Steps][kC3Own][2], c3_low[kC3Steps][kC3Own][2];
    float high_scale, low_scale, offset[kC1Tiles / 2];
    Weights::Channel c3[kC3Own];
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
        for (int tile = 0; tile < kC3Own; ++tile)
#pragma unroll
            for (int r = 0; r < 2; ++r) {
                w.c3_high[step][tile][r] = weights->c3_high[step][kC3Own * lane.half + tile][r][lane.lane];
                w.c3_low[step][tile][r] = weights->c3_low[step][kC3Own * lane.half + tile][r][lane.lane];
            }
    w.high_scale = weights->c1_high_scale;
    w.low_scale = weights->c1_low_scale;
#pragma unroll
    for (int j = 0; j < kC1Tiles / 2; ++j) w.offset[j] = weights->c1_offset[2 * j + lane.t / 2];
#pragma unroll
    for (int tile = 0; tile < kC3Own; ++tile) w.c3[tile] = weights->c3[4 * lane.t + kC3Own * lane.half + tile];
    return w;
}

// Four outputs of C1 (of rows g where kRow is 0, g + 8 where it is 2) -> their value in S2.
template <bool kWide, int kRow>
__device__ inline std::uint32_t pool_c1(const int (&high)[2][4], const int (&low)[2][4], const ConvolutionWeights& w,
                                        float offset) {
    const auto z = [&](int y, int x) {
        const float fine = fmaf(__int_as_float(low[y][kRow + x]), w.low_scale, offset);
        return fmaf(__int_as_float(high[y][kRow + x]), w.high_scale, fine);
    };
    return fixed_mean_of_tanh<kWide>(z(0, 0), z(0, 1), z(1, 0), z(1, 1));
}

// The same of C3, whose outputs are in one N tile: two rows in neighbouring columns, two columns in rows g and g + 8.
template <bool kWide>
__device__ inline std::uint32_t pool_c3(const int (&high)[4], const int (&low)[4], const Weights::Channel& w) {
    const auto z = [&](int i) {
        return fmaf(__int_as_float(high[i]), w.high_scale, fmaf(__int_as_float(low[i]), w.low_scale, w.offset));
    };
    return fixed_mean_of_tanh<kWide>(z(0), z(1), z(2), z(3));
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
template <bool kWide>
__device__ inline void convolve_c1(PairMemory& memory, const ConvolutionWeights& w, const Place (&places)[kC1Places],
                                   int images, Lane lane) {
    const int pairs = images * kC1Pairs;
    const std::uint32_t* corner = memory.tiles + lane.t / 2 * kRowWords + lane.t % 2;
    // A lane has one channel of each pair of them: the lower or the upper half of a word.
    auto* out_high = reinterpret_cast<std::uint16_t*>(memory.s2_high + lane.t % 2) + lane.t / 2;
    auto* out_low = reinterpret_cast<std::uint16_t*>(memory.s2_low + lane.t % 2) + lane.t / 2;
    const int first = lane.g + kRows * lane.half;
    Place next = places[first];
    C1Windows windows(corner + next.in);
#pragma unroll 1
    for (int pair = first; pair - lane.g < pairs; pair += 2 * kRows) {
        const Place place = next;
        next = places[pair + 2 * kRows];
        const C1Windows x = windows;
        std::uint32_t upper[kC1Tiles / 2], lower[kC1Tiles / 2];
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
            upper[j] = pool_c1<kWide, 0>(high, low, w, w.offset[j]);
            lower[j] = pool_c1<kWide, 2>(high, low, w, w.offset[j]);
        }
        if (pair < pairs) {
#pragma unroll
            for (int j = 0; j < kC1Tiles / 2; ++j) {
                const int at = 2 * (j * kS2Channels + place.out);
                out_high[at] = high_bytes(upper[j], lower[j]);
                out_low[at] = low_bytes(upper[j], lower[j]);
            }
        }
    }
}

// C3, tanh and S4 of `images` images, the first of which is number `image` of the team.
template <bool kWide, int kInputs>
__device__ inline void convolve_c3(Operand<kInputs>& s4, int image, const PairMemory& memory,
                                   const ConvolutionWeights& w, const Place (&places)[kC3Places], int images,
                                   Lane lane) {
    const int windows = images * kC3Windows;
    // Words of the low bytes lie as far behind the high ones everywhere.
    constexpr int kLow = kPass * kS2Image;
    const std::uint32_t* columns = memory.s2_high + lane.t;
    const std::uint32_t* fifths = memory.s2_high + min(lane.t, 2) * kS2Columns + 4;
    static_assert(kC3Own == 2);
    const int channel = 4 * lane.t + kC3Own * lane.half;

    Place next = places[lane.g];
#pragma unroll 1
    for (int window = lane.g; window - lane.g < windows; window += kRows) {
        const Place place = next;
        next = places[window + kRows];
        int high[kC3Own][4], low[kC3Own][4];
#pragma unroll
        for (int step = 0; step < kC3Steps; ++step) {
            std::uint32_t a_high[4], a_low[4];
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const int quad = 2 * step + half;
                const std::uint32_t* at =
                    place.in + (quad < 9 ? columns + quad / 3 * kS2Channels + quad % 3 * kS2Columns
                                         : fifths + (quad - 9) * kS2Channels);
                a_high[2 * half] = at[0], a_high[2 * half + 1] = at[1];
                a_low[2 * half] = at[kLow], a_low[2 * half + 1] = at[kLow + 1];
            }
#pragma unroll
            for (int tile = 0; tile < kC3Own; ++tile) {
                const auto& b_high = w.c3_high[step][tile];
                const auto& b_low = w.c3_low[step][tile];
                if (step == 0) {
                    mma_u8s8_k32(high[tile], a_high[0], a_high[1], a_high[2], a_high[3], b_high[0], b_high[1],
                                 kMagicBits);
                    mma_u8s8_k32(low[tile], a_high[0], a_high[1], a_high[2], a_high[3], b_low[0], b_low[1],
                                 w.c3[tile].low_start);
                } else {
                    mma_u8s8_k32(high[tile], a_high, b_high[0], b_high[1]);
                    mma_u8s8_k32(low[tile], a_high, b_low[0], b_low[1]);
                }
                mma_u8s8_k32(low[tile], a_low, b_high[0], b_high[1]);
            }
        }
        const std::uint32_t first = pool_c3<kWide>(high[0], low[0], w.c3[0]);
        const std::uint32_t second = pool_c3<kWide>(high[1], low[1], w.c3[1]);
        if (window < windows) {
            const int at = place.out + channel;
            *reinterpret_cast<std::uint16_t*>(&s4.high[image][0] + at) = high_bytes(first, second);
            *reinterpret_cast<std::uint16_t*>(&s4.low[image][0] + at) = low_bytes(first, second);
        }
    }
}

}  // namespace chiffre::cuda::fp16
