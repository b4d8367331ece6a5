// mixed_backward.h -- a mixed round's way back. As in backward_round.h, "d" is of what a layer adds up, before tanh,
// and dc3 and dc1 replace c3 and c1.
#pragma once

#include "mixed_forward.h"

namespace chiffre::cuda {

// dy times tanh' where tanh gave y.
CHIFFRE_HOST_DEVICE inline __half through_tanh(float dy, __half y) {
    const float value = __half2float(y);
    return __float2half(dy * (1 - value * value));
}

template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void backward_dense(Block& block, MixedRound<kImages>& round, const PackedDense& packed) {
    block.each(kClasses * kImages, [&](int item) {
        const int output = item / kImages, image = item % kImages;
        round.doutput_half[image][output] = __float2half(round.doutput[output].of[image]);
    });
    multiply_dense<OutputTiles::kIn, OutputTiles::kOut, 1, kImages>(block, round.scratch, packed.output_transposed,
                                                                    round.doutput_half);
    block.each(kF6Out * kImages, [&](int item) {
        const int i = item / kImages, image = item % kImages;
        round.df6[image][i] =
            through_tanh(dense_sum<OutputTiles::kIn, 1, kImages>(round.scratch, i, image), round.f6[image][i]);
    });
    multiply_dense<F6Tiles::kIn, F6Tiles::kOut, kDc5Splits, kImages>(block, round.scratch, packed.f6_transposed,
                                                                     round.df6);
    block.each(kC5Out * kImages, [&](int item) {
        const int i = item / kImages, image = item % kImages;
        round.dc5[image][i] =
            through_tanh(dense_sum<F6Tiles::kIn, kDc5Splits, kImages>(round.scratch, i, image), round.c5[image][i]);
    });
    multiply_dense<C5Tiles::kIn, C5Tiles::kOut, kDs4Splits, kImages>(block, round.scratch, packed.c5_transposed,
                                                                     round.dc5);
    block.each(kImages * kC5In, [&](int item) {
        constexpr int kPixels = kS4Side * kS4Side;
        const int map = item % kC3Maps, pixel = item / kC3Maps % kPixels, image = item / kC5In;
        const float ds4 = dense_sum<C5Tiles::kIn, kDs4Splits, kImages>(round.scratch, map * kPixels + pixel, image);
        for (int k = 0; k < 4; ++k) {
            const int at = padded_pixel(pixel / kS4Side * 2 + k / 2, pixel % kS4Side * 2 + k % 2);
            __half& y = round.c3[image][at][map];
            y = through_tanh(0.25f * ds4, y);
        }
    });
}

// d loss / d weights of C3: for each tap the product of dc3, transposed, with what the tap saw of s2. The channel of
// ones gives the biases.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void backward_c3_weights(Block& block, MixedRound<kImages>& round) {
    constexpr int kPixels = kImages * kC3Pixels, kSteps = (kPixels + 15) / 16;
    constexpr int kStepsOfSplit = (kSteps + kC3Splits<kImages> - 1) / kC3Splits<kImages>;
    block.warps([&](int warp, int warps) {
        CHIFFRE_UNROLL_BY(1)
        for (int item = warp; item < kKernelSide * kC3Splits<kImages>; item += warps) {
            const int ky = item % kKernelSide, split = item / kKernelSide;
            Sum sums[kKernelSide + 1] = {};
            CHIFFRE_UNROLL_BY(1)
            for (int step = split * kStepsOfSplit; step < min_of((split + 1) * kStepsOfSplit, kSteps); ++step) {
                const RowsOfTranspose d_rows = rows_of_transpose([&](int k) -> const __half* {
                    const int pixel = step * 16 + k, at = pixel % kC3Pixels;
                    if (pixel >= kPixels) return round.zeros;
                    return round.c3[pixel / kC3Pixels][padded_pixel(at / kC3Side, at % kC3Side)];
                });
                const Rows16 seen = rows16([&](int k) {
                    const int pixel = min_of(step * 16 + k, kPixels - 1), at = pixel % kC3Pixels;
                    return round.s2[pixel / kC3Pixels][(at / kC3Side + ky) * kS2Side + at % kC3Side];
                });
                MatrixA d;
                load_transpose(d, d_rows, 0);
                CHIFFRE_UNROLL
                for (int kx = 0; kx < kKernelSide; kx += 2) {
                    MatrixB x0, x1;
                    load_pair(x0, x1, seen, kx * kS2Channels, min_of(kx + 1, kKernelSide - 1) * kS2Channels);
                    multiply_add(sums[kx], d, x0);
                    if (kx + 1 < kKernelSide) multiply_add(sums[kx + 1], d, x1);
                }
            }
            CHIFFRE_UNROLL
            for (int kx = 0; kx < kKernelSide; ++kx)
                each_pair(sums[kx], [&](int map, int c, float a, float b) {
                    const int tap = ky * kKernelSide + kx;
                    float* to = round.scratch + ((split * kTaps + tap) * kC3Maps + map) * kS2Channels + c;
                    to[0] = a;
                    to[1] = b;
                });
        }
    });
    block.each(kTaps * kC3Maps * kS2Channels, [&](int i) {
        const int c = i % kS2Channels, map = i / kS2Channels % kC3Maps, tap = i / (kS2Channels * kC3Maps);
        const bool bias = c == kC1Maps && tap == 0;
        if (c >= kC1Maps && !bias) return;
        float sum = 0;
        for (int split = 0; split < kC3Splits<kImages>; ++split)
            sum += round.scratch[split * kTaps * kC3Maps * kS2Channels + i];
        round.gradient[bias ? bias_offset(kC3) + map : weight_offset(kC3) + (map * kC1Maps + c) * kTaps + tap] += sum;
    });
}

// Sixteen pixels of s2, of whatever images, and from there dc1 in the four pixels that each is the mean of. A warp
// takes kAtOnce times sixteen, so that it has loads and products to do while others are on their way.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void backward_c3_input(Block& block, MixedRound<kImages>& round) {
    constexpr int kPixels = kImages * kS2Pixels, kPieces = (kPixels + 15) / 16, kAtOnce = 2;
    block.warps([&](int warp, int warps) {
        const Rows16 weights = rows16([&](int map) { return round.weights.w3_back[0][map]; });
        CHIFFRE_UNROLL_BY(1)
        for (int piece = warp; piece < kPieces; piece += kAtOnce * warps) {
            Rows16 rows[kAtOnce];
            CHIFFRE_UNROLL
            for (int j = 0; j < kAtOnce; ++j)
                rows[j] = rows16([&](int row) {
                    const int pixel = min_of((piece + j * warps) * 16 + row, kPixels - 1), at = pixel % kS2Pixels;
                    return round.c3[pixel / kS2Pixels][padded_pixel(at / kS2Side, at % kS2Side)];
                });
            Sum sums[kAtOnce] = {};
            CHIFFRE_UNROLL_BY(1)
            for (int ky = 0; ky < kKernelSide; ++ky) {
                MatrixB w[kKernelSide + 1];
                CHIFFRE_UNROLL
                for (int kx = 0; kx < kKernelSide; kx += 2)
                    load_pair(w[kx], w[kx + 1], weights, (ky * kKernelSide + kx) * kC3Maps * kS2Channels,
                              (ky * kKernelSide + min_of(kx + 1, kKernelSide - 1)) * kC3Maps * kS2Channels);
                MatrixA d[kAtOnce][kKernelSide];
                CHIFFRE_UNROLL
                for (int kx = 0; kx < kKernelSide; ++kx)
                    for (int j = 0; j < kAtOnce; ++j) {
                        const int back = -(ky * kC3Padded + kx) * kC3Pixel;
                        load(d[j][kx], rows[j], back, back + 8);
                    }
                CHIFFRE_UNROLL
                for (int kx = 0; kx < kKernelSide; ++kx)
                    for (int j = 0; j < kAtOnce; ++j) multiply_add(sums[j], d[j][kx], w[kx]);
            }
            CHIFFRE_UNROLL
            for (int j = 0; j < kAtOnce; ++j)
                each_pair(sums[j], [&](int row, int c, float a, float b) {
                    const int pixel = (piece + j * warps) * 16 + row, at = pixel % kS2Pixels;
                    if (pixel >= kPixels || c >= kC1Maps) return;
                    const int y = at / kS2Side, x = at % kS2Side;
                    __half* patch = round.c1[pixel / kS2Pixels][y * kPatchesAcross + x / 2];
                    const float ds2[2] = {0.25f * a, 0.25f * b};
                    for (int k = 0; k < 8; ++k) {
                        __half& value = patch[patch_element(k / 4, x % 2 * 2 + k % 2, c + k / 2 % 2)];
                        value = through_tanh(ds2[k / 2 % 2], value);
                    }
                });
        }
    });
}

// d loss / d Toeplitz matrix of C1, of which the weights' gradients are sums; a column of ones gives the biases.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void backward_c1_weights(Block& block, MixedRound<kImages>& round) {
    constexpr int kAll = kImages * kPatches, kSteps = (kAll + 15) / 16, kParts = kPatch / 16;
    constexpr int kStepsOfSplit = (kSteps + kC1Splits<kImages> - 1) / kC1Splits<kImages>;
    block.warps([&](int warp, int warps) {
        CHIFFRE_UNROLL_BY(1)
        for (int item = warp; item < kParts * kC1Splits<kImages>; item += warps) {
            const int part = item % kParts, split = item / kParts;
            Sum sums[kWindowRows + 1] = {};
            MatrixB ones;
            fill(ones, 1);
            CHIFFRE_UNROLL_BY(1)
            for (int step = split * kStepsOfSplit; step < min_of((split + 1) * kStepsOfSplit, kSteps); ++step) {
                const RowsOfTranspose d_rows = rows_of_transpose([&](int k) -> const __half* {
                    const int patch = step * 16 + k;
                    return patch < kAll ? round.c1[patch / kPatches][patch % kPatches] : round.zeros;
                });
                const Rows16 windows = rows16([&](int k) {
                    const int patch = min_of(step * 16 + k, kAll - 1);
                    return window_of(round, patch / kPatches, patch % kPatches);
                });
                MatrixA d;
                load_transpose(d, d_rows, part * 16);
                CHIFFRE_UNROLL
                for (int r = 0; r < kWindowRows; r += 2) {
                    MatrixB x0, x1;
                    load_pair(x0, x1, windows, r * kWindowPitch, (r + 1) * kWindowPitch);
                    multiply_add(sums[r], d, x0);
                    multiply_add(sums[r + 1], d, x1);
                }
                multiply_add(sums[kWindowRows], d, ones);
            }
            CHIFFRE_UNROLL
            for (int r = 0; r <= kWindowRows; ++r)
                each_pair(sums[r], [&](int row, int column, float a, float b) {
                    if (r == kWindowRows && column > 0) return;  // all columns of ones are alike
                    float* to =
                        round.scratch + (split * kPatch + part * 16 + row) * kC1SumPitch + r * kColumns + column;
                    to[0] = a;
                    to[1] = b;
                });
        }
    });
    block.each(kLayers[kC1].parameters(), [&](int i) {
        constexpr int kWeights = kLayers[kC1].weights();
        const bool bias = i >= kWeights;
        const int map = bias ? i - kWeights : i / kTaps, ky = i % kTaps / kKernelSide, kx = i % kTaps % kKernelSide;
        float sum = 0;
        for (int split = 0; split < kC1Splits<kImages>; ++split)
            for (int pixel = 0; pixel < kPatchRows * kPatchColumns; ++pixel) {
                const int y = pixel / kPatchColumns, x = pixel % kPatchColumns;
                const float* row = round.scratch + (split * kPatch + patch_element(y, x, map)) * kC1SumPitch;
                sum += row[bias ? kWindow : (y + ky) * kWindowColumns + x + kx];
            }
        round.gradient[weight_offset(kC1) + i] += sum;
    });
}

template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void backward(Block& block, MixedRound<kImages>& round, const PackedDense& packed) {
    backward_dense(block, round, packed);
    backward_c3_weights(block, round);
    backward_c3_input(block, round);
    backward_c1_weights(block, round);
}

// What the dense layers' gradients need of the round's first `count` images.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void write_records(Block& block, const MixedRound<kImages>& round, DenseRecord* records,
                                       int count) {
    block.each(kImages * kC5In, [&](int item) {
        const int image = item / kC5In, i = item % kC5In;
        if (image >= count) return;
        DenseRecord& to = records[image];
        to.s4[i] = __half2float(round.s4[image][i]);
        if (i < kC5Out) {
            to.c5[i] = __half2float(round.c5[image][i]);
            to.dc5[i] = __half2float(round.dc5[image][i]);
        }
        if (i < kF6Out) {
            to.f6[i] = __half2float(round.f6[image][i]);
            to.df6[i] = __half2float(round.df6[image][i]);
        }
        if (i < kRecordClasses) to.doutput[i] = i < kClasses ? round.doutput[i].of[image] : 0.0f;
        if (i == 0) {
            to.loss = round.loss[image];
            to.wrong = round.wrong[image];
        }
    });
}

}  // namespace chiffre::cuda
