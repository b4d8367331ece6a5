// convolution.h -- a convolution with tanh and the mean pooling that follows it, forward and backward, for one group of
// kLanes images. Maps are stored (c, h, w), one register per value.
#pragma once

#include "../lenet5.h"
#include "lanes.h"
#include "packing.h"
#include "tanh.h"

namespace chiffre::cpu::CHIFFRE_ISA {

// One pooling window of one block of channels: kBlock x 4 sums stay in registers. `in` points at the upper left corner
// of what the window sees. Adds the bias, then the products in the order of the packed weights.
template <int kLayer>
inline void convolve_window(Lanes (&z)[kBlock<kLayer>][kWindow], const float* packed, const Lanes* in) {
    constexpr Layer kConv = kLayers[kLayer];
    constexpr int kChannels = kBlock<kLayer>;
    for (int c = 0; c < kChannels; ++c, ++packed)
        for (int i = 0; i < kWindow; ++i) z[c][i] = *packed - Lanes{};
    for (int channel = 0; channel < kConv.in.c; ++channel)
        for (int ky = 0; ky < kConv.k; ++ky) {
            const Lanes* row = in + (channel * kConv.in.h + ky) * kConv.in.w;
#pragma GCC unroll 8
            for (int kx = 0; kx < kConv.k; ++kx) {
                const Lanes x[kWindow] = {row[kx], row[kx + 1], row[kConv.in.w + kx], row[kConv.in.w + kx + 1]};
#pragma GCC unroll 8
                for (int c = 0; c < kChannels; ++c, ++packed)
#pragma GCC unroll 8
                    for (int i = 0; i < kWindow; ++i) z[c][i] += x[i] * *packed;
            }
        }
}

// out(c, h/2, w/2) = mean of 2x2 of tanh(convolution of in). The map between them is written to `kept` (c, h, w) where
// kKeep says so: training needs it, reading does not.
template <int kLayer, bool kKeep>
inline void convolve_and_pool(Lanes* out, Lanes* kept, const float* packed, const Lanes* in) {
    constexpr Layer kConv = kLayers[kLayer];
    constexpr Layer kPool = kLayers[kLayer + 1];
    static_assert(kPool.kind == LayerKind::mean_pooling && kPool.k * kPool.k == kWindow);
    constexpr int kChannels = kBlock<kLayer>;
    packed += kOffset<kLayer>;
    for (int y = 0; y < kPool.out.h; ++y)
        for (int x = 0; x < kPool.out.w; ++x)
            for (int first = 0; first < kConv.out.c; first += kChannels) {
                Lanes z[kChannels][kWindow];
                convolve_window<kLayer>(z, packed + first / kChannels * kPackedPerBlock<kLayer>,
                                        in + 2 * y * kConv.in.w + 2 * x);
                // Not unrolled: with all sums and all constants of tanh at once GCC spills, and C1 takes a quarter
                // longer.
#pragma GCC unroll 1
                for (int c = 0; c < kChannels; ++c) {
#pragma GCC unroll 8
                    for (int i = 0; i < kWindow; ++i) z[c][i] = tanh(z[c][i]);
                    if constexpr (kKeep) {
                        Lanes* to = kept + ((first + c) * kConv.out.h + 2 * y) * kConv.out.w + 2 * x;
                        to[0] = z[c][0], to[1] = z[c][1];
                        to[kConv.out.w] = z[c][2], to[kConv.out.w + 1] = z[c][3];
                    }
                    out[((first + c) * kPool.out.h + y) * kPool.out.w + x] =
                        (z[c][0] + z[c][1] + z[c][2] + z[c][3]) * 0.25f;
                }
            }
}

// ---- backward ---------------------------------------------------------------------------------------------------

// Row y of d loss / d z of channel c, from d loss / d (pooled map) and the kept tanh(z). Returns its sum, the row's
// share of the bias gradient.
template <int kLayer>
inline Lanes unpool_row(Lanes* dz, const Lanes* dpooled, const Lanes* kept, int c, int y) {
    constexpr Layer kConv = kLayers[kLayer];
    const Lanes* from = dpooled + (c * kConv.out.h / 2 + y / 2) * (kConv.out.w / 2);
    const Lanes* value = kept + (c * kConv.out.h + y) * kConv.out.w;
    Lanes total{};
    for (int x = 0; x < kConv.out.w; ++x) {
        dz[x] = from[x / 2] * 0.25f * tanh_slope(value[x]);
        total += dz[x];
    }
    return total;
}

// dw(c, ky, kx), one register each, += sum over rows y and columns x of dz(c, y, x) * in(y + ky, x + kx), for the
// channels of one block and one ky. A row of taps of every channel of the block stays in registers.
template <int kLayer, int kChannels, int kRows>
inline void correlate_row(Lanes* dw, int dw_stride, const Lanes* dz, int dz_stride, const Lanes* in) {
    constexpr Layer kConv = kLayers[kLayer];
    Lanes total[kChannels][kConv.k];
    for (int c = 0; c < kChannels; ++c)
        for (int kx = 0; kx < kConv.k; ++kx) total[c][kx] = dw[c * dw_stride + kx];
    for (int y = 0; y < kRows; ++y)
        for (int x = 0; x < kConv.out.w; ++x)
#pragma GCC unroll 8
            for (int c = 0; c < kChannels; ++c)
#pragma GCC unroll 8
                for (int kx = 0; kx < kConv.k; ++kx)
                    total[c][kx] += dz[c * dz_stride + y * kConv.out.w + x] * in[y * kConv.in.w + x + kx];
    for (int c = 0; c < kChannels; ++c)
        for (int kx = 0; kx < kConv.k; ++kx) dw[c * dw_stride + kx] = total[c][kx];
}

// dw (out channel, in channel, ky, kx), one register each, += the share of kRows rows of all output channels.
// dz(c, y, x) has kRows rows a channel; `in` points at the first row that they see.
template <int kLayer, int kRows>
inline void correlate(Lanes* dw, const Lanes* dz, const Lanes* in) {
    constexpr Layer kConv = kLayers[kLayer];
    constexpr int kChannels = largest_divisor(kConv.out.c, kAccumulators / kConv.k);
    constexpr int kPlane = kRows * kConv.out.w;
    for (int first = 0; first < kConv.out.c; first += kChannels)
        for (int channel = 0; channel < kConv.in.c; ++channel)
            for (int ky = 0; ky < kConv.k; ++ky)
                correlate_row<kLayer, kChannels, kRows>(
                    dw + first * kWeightsPerOutput<kLayer> + (channel * kConv.k + ky) * kConv.k,
                    kWeightsPerOutput<kLayer>, dz + first * kPlane, kPlane,
                    in + (channel * kConv.in.h + ky) * kConv.in.w);
}

// One half, left or right, of row y of din for kChannels input channels from `first` on. Taps that fall outside dz are
// left out when this is compiled, so no padding is computed.
template <int kLayer, int kChannels, int kFirstColumn, int kColumns>
inline void backpropagate_half_row(Lanes* din, const float* weights, const Lanes* dz, int first, int y) {
    constexpr Layer kConv = kLayers[kLayer];
    Lanes total[kChannels][kColumns]{};
    const int first_ky = y < kConv.out.h ? 0 : y - kConv.out.h + 1;
    const int last_ky = y < kConv.k ? y : kConv.k - 1;
    for (int out = 0; out < kConv.out.c; ++out)
        for (int ky = first_ky; ky <= last_ky; ++ky) {
            const Lanes* row = dz + (out * kConv.out.h + y - ky) * kConv.out.w;
            const float* w = weights + out * kWeightsPerOutput<kLayer> + (first * kConv.k + ky) * kConv.k;
#pragma GCC unroll 8
            for (int kx = 0; kx < kConv.k; ++kx)
#pragma GCC unroll 8
                for (int c = 0; c < kChannels; ++c)
#pragma GCC unroll 16
                    for (int i = 0; i < kColumns; ++i) {
                        const int x = kFirstColumn + i - kx;
                        if (x >= 0 && x < kConv.out.w) total[c][i] += row[x] * w[c * kConv.k * kConv.k + kx];
                    }
        }
    for (int c = 0; c < kChannels; ++c)
        for (int i = 0; i < kColumns; ++i)
            din[((first + c) * kConv.in.h + y) * kConv.in.w + kFirstColumn + i] = total[c][i];
}

// din(c, y, x) = d loss / d in from dz = d loss / d z and the weights as lenet5.h lays them out.
template <int kLayer>
inline void backpropagate(Lanes* din, const float* weights, const Lanes* dz) {
    constexpr Layer kConv = kLayers[kLayer];
    constexpr int kHalf = kConv.in.w / 2;
    // Two registers are left for a weight and a value; one block of 12 sums would hold one channel of 7 only.
    constexpr int kChannels = largest_divisor(kConv.in.c, (kRegisters - 2) / kHalf);
    static_assert(kConv.in.w % 2 == 0);
    for (int y = 0; y < kConv.in.h; ++y)
        for (int first = 0; first < kConv.in.c; first += kChannels) {
            backpropagate_half_row<kLayer, kChannels, 0, kHalf>(din, weights, dz, first, y);
            backpropagate_half_row<kLayer, kChannels, kHalf, kHalf>(din, weights, dz, first, y);
        }
}

}  // namespace chiffre::cpu::CHIFFRE_ISA
