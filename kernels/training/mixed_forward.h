// mixed_forward.h -- a mixed round's way through the network.
#pragma once

#include "mixed_round.h"

namespace chiffre::cuda {

CHIFFRE_HOST_DEVICE inline float half_tanh(float x) {
#ifdef __CUDA_ARCH__
    return tanh_approx(x);
#else
    return training_tanh(x);
#endif
}

// A pixel's place in the padded maps of C3.
CHIFFRE_HOST_DEVICE constexpr int padded_pixel(int y, int x) {
    return (y + kBorder) * kC3Padded + x + kBorder;
}

// Zeros that stay: borders, channels, columns without an image. Once for all rounds of a launch.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void clear(Block& block, MixedRound<kImages>& round) {
    struct alignas(16) Piece {
        std::uint32_t of[4];
    };
    block.each(static_cast<int>(sizeof(round) / sizeof(Piece)),
               [&](int i) { reinterpret_cast<Piece*>(&round)[i] = Piece{}; });
    block.each(kImages * kS2Pixels, [&](int i) { round.s2[i / kS2Pixels][i % kS2Pixels][kC1Maps] = __float2half(1); });
}

template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void stage_convolutions(Block& block, MixedRound<kImages>& round, const MixedConvolutions& packed) {
    struct alignas(16) Piece {
        std::uint32_t of[4];
    };
    block.each(static_cast<int>(sizeof(packed) / sizeof(Piece)), [&](int i) {
        reinterpret_cast<Piece*>(&round.weights)[i] = reinterpret_cast<const Piece*>(&packed)[i];
    });
}

template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void load_tiles(Block& block, MixedRound<kImages>& round, const std::uint8_t* tiles,
                                    const std::uint8_t* labels, int count) {
    constexpr int kGroups = kTileBytes / 4;
    block.each(kImages * kGroups, [&](int item) {
        const int image = item / kGroups, first = item % kGroups * 4;
        const int column = first % kTileSide, at = first / kTileSide * kWindowPitch + column;
        const Values<4> seen = load_inputs(tiles, image, count, first);
        for (int i = 0; i < 4; ++i) {
            const __half x = __float2half(seen.of[i]);
            round.x[image][0][at + i] = x;
            if (column > 0) round.x[image][1][at - 4 + i] = x;
        }
        if (first == 0) round.labels[image] = image < count ? labels[image] : kEmpty;
    });
}

// The window of a patch begins here; its rows are kWindowPitch apart.
template <int kImages>
CHIFFRE_HOST_DEVICE inline const __half* window_of(const MixedRound<kImages>& round, int image, int patch) {
    const int row = patch / kPatchesAcross * kPatchRows, column = patch % kPatchesAcross * kPatchColumns;
    const bool aligned = column % 8 == 0;
    return &round.x[image][aligned ? 0 : 1][row * kWindowPitch + column - (aligned ? 0 : 4)];
}

// C1, tanh and S2: sixteen patches of an image at a time.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void forward_c1(Block& block, MixedRound<kImages>& round) {
    constexpr int kSteps = kWindow / 16, kTilesAcross = kPatch / 8, kPieces = (kPatches + 15) / 16;
    block.warps([&](int warp, int warps) {
        MatrixB w[kTilesAcross][kSteps + 1];
        CHIFFRE_UNROLL
        for (int j = 0; j < kTilesAcross; ++j) {
            const Rows8 rows = rows8([&](int n) { return round.weights.w1[j * 8 + n]; });
            load_pair_by_column(w[j][0], w[j][1], rows, 0);
            load_pair_by_column(w[j][2], w[j][3], rows, 32);
        }
        CHIFFRE_UNROLL_BY(1)
        for (int item = warp; item < kImages * kPieces; item += warps) {
            const int image = item / kPieces, first = item % kPieces * 16;
            const Rows16 rows =
                rows16([&](int row) { return window_of(round, image, min_of(first + row, kPatches - 1)); });
            MatrixA x[kSteps];
            CHIFFRE_UNROLL
            for (int s = 0; s < kSteps; ++s) load(x[s], rows, 2 * s * kWindowPitch, (2 * s + 1) * kWindowPitch);
            CHIFFRE_UNROLL
            for (int j = 0; j < kTilesAcross / 2; ++j) {
                Sum upper{}, lower{};
                CHIFFRE_UNROLL
                for (int s = 0; s < kSteps; ++s) {
                    multiply_add(upper, x[s], w[j][s]);
                    multiply_add(lower, x[s], w[j + kTilesAcross / 2][s]);
                }
                each_pair(upper, lower, [&](int row, int column, float a, float b, float c, float d) {
                    const int patch = first + row, pair = j * 4 + column / 2;
                    if (patch >= kPatches) return;
                    const float bias = round.weights.b1[pair % kC1Maps];
                    a = half_tanh(a + bias);
                    b = half_tanh(b + bias);
                    c = half_tanh(c + bias);
                    d = half_tanh(d + bias);
                    __half* to = round.c1[image][patch];
                    *reinterpret_cast<__half2*>(to + pair * 2) = __floats2half2_rn(a, b);
                    *reinterpret_cast<__half2*>(to + kPatch / 2 + pair * 2) = __floats2half2_rn(c, d);
                    const int x_s2 = patch % kPatchesAcross * 2 + pair / kC1Maps, y_s2 = patch / kPatchesAcross;
                    round.s2[image][y_s2 * kS2Side + x_s2][pair % kC1Maps] = __float2half(0.25f * ((a + b) + (c + d)));
                });
            }
        }
    });
}

// C3 and tanh: sixteen pixels, of whatever images, times eight maps at a time.
template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void forward_c3(Block& block, MixedRound<kImages>& round) {
    constexpr int kSteps = kC3Steps, kPixels = kImages * kC3Pixels, kPieces = (kPixels + 15) / 16;
    constexpr int kHalf = kC3Maps / 2;
    block.warps([&](int warp, int warps) {
        // A warp keeps to one half of the maps, so that their weights stay in its registers.
        const int side = warp % 2;
        for (int other = 0; other < (warps == 1 ? 2 : 1); ++other) {
            const int first_map = (side + other) % 2 * kHalf;
            const Rows8 weights = rows8([&](int n) { return round.weights.w3[first_map + n]; });
            MatrixB w[kSteps + 1];
            CHIFFRE_UNROLL
            for (int s = 0; s < kSteps; s += 2) load_pair_by_column(w[s], w[s + 1], weights, s * 16);
            CHIFFRE_UNROLL_BY(1)
            for (int piece = warp / 2; piece < kPieces; piece += warps == 1 ? 1 : warps / 2) {
                const Rows16 rows = rows16([&](int row) {
                    const int pixel = min_of(piece * 16 + row, kPixels - 1), at = pixel % kC3Pixels;
                    return round.s2[pixel / kC3Pixels][at / kC3Side * kS2Side + at % kC3Side];
                });
                Sum even{}, odd{};
                CHIFFRE_UNROLL
                for (int s = 0; s < kSteps; ++s) {
                    const int low = 2 * s, high = 2 * s + 1 < kTaps ? 2 * s + 1 : 2 * s;
                    MatrixA x;
                    load(x, rows, (low / kKernelSide * kS2Side + low % kKernelSide) * kS2Channels,
                         (high / kKernelSide * kS2Side + high % kKernelSide) * kS2Channels);
                    multiply_add(s % 2 ? odd : even, x, w[s]);
                }
                each_pair(even, odd, [&](int row, int column, float a, float b, float c, float d) {
                    const int pixel = piece * 16 + row, at = pixel % kC3Pixels;
                    if (pixel >= kPixels) return;
                    __half* to = round.c3[pixel / kC3Pixels][padded_pixel(at / kC3Side, at % kC3Side)];
                    *reinterpret_cast<__half2*>(to + first_map + column) =
                        __floats2half2_rn(half_tanh(a + c), half_tanh(b + d));
                });
            }
        }
    });
}

template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void forward_s4(Block& block, MixedRound<kImages>& round) {
    constexpr int kPixels = kS4Side * kS4Side;
    block.each(kImages * kC5In, [&](int item) {
        const int map = item % kC3Maps, pixel = item / kC3Maps % kPixels, image = item / kC5In;
        const __half(*corner)[kC3Pixel] = &round.c3[image][padded_pixel(pixel / kS4Side * 2, pixel % kS4Side * 2)];
        const auto at = [&](int i) { return __half2float(corner[i][map]); };
        round.s4[image][map * kPixels + pixel] =
            __float2half(0.25f * ((at(0) + at(1)) + (at(kC3Padded) + at(kC3Padded + 1))));
    });
}

// scratch(split, row, image) = parts of W x: sixteen rows a warp, the columns of W shared out in kSplits equal parts.
template <int kRowTiles, int kColumnTiles, int kSplits, int kImages, typename Block, typename Vectors>
CHIFFRE_HOST_DEVICE void multiply_dense(Block& block, float* scratch, const __half* packed, const Vectors& x) {
    constexpr int kSteps = kColumnTiles / kSplits;
    static_assert(kSteps * kSplits == kColumnTiles);
    static_assert((kColumnTiles - kSteps + (kSteps + 1) / 2 * 2) * 16 <= sizeof(x[0]) / sizeof(__half),
                  "vectors are read two tiles at a time");
    block.warps([&](int warp, int warps) {
        const Rows8 rows = rows8([&](int n) { return &x[n][0]; });
        CHIFFRE_UNROLL_BY(1)
        for (int item = warp; item < kRowTiles * kSplits; item += warps) {
            const int tile = item % kRowTiles, first = item / kRowTiles * kSteps;
            MatrixA w[kSteps];  // all on their way at once: they come from the second-level cache
            CHIFFRE_UNROLL
            for (int s = 0; s < kSteps; ++s)
                load_packed(w[s], packed + (tile * kColumnTiles + first + s) * kPackedTile);
            Sum even{}, odd{};
            CHIFFRE_UNROLL
            for (int s = 0; s < kSteps; s += 2) {
                MatrixB b0, b1;
                load_pair_by_column(b0, b1, rows, (first + s) * 16);
                multiply_add(even, w[s], b0);
                if (s + 1 < kSteps) multiply_add(odd, w[s + 1], b1);
            }
            each_pair(even, odd, [&](int row, int column, float a, float b, float c, float d) {
                float* to = scratch + (item * 16 + row) * kImages + column;
                if (column < kImages) to[0] = a + c;
                if (column + 1 < kImages) to[1] = b + d;
            });
        }
    });
}

template <int kRowTiles, int kSplits, int kImages>
CHIFFRE_HOST_DEVICE inline float dense_sum(const float* scratch, int row, int image) {
    float sum = 0;
    for (int split = 0; split < kSplits; ++split) sum += scratch[(split * kRowTiles * 16 + row) * kImages + image];
    return sum;
}

// The splits that give 16 warps something to do.
inline constexpr int kC5Splits = 5, kF6Splits = 2, kOutputSplits = 3, kDc5Splits = 2, kDs4Splits = 2;

template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void forward_dense(Block& block, MixedRound<kImages>& round, const float* parameters,
                                       const PackedDense& packed) {
    multiply_dense<C5Tiles::kOut, C5Tiles::kIn, kC5Splits, kImages>(block, round.scratch, packed.c5, round.s4);
    block.each(kC5Out * kImages, [&](int item) {
        const int output = item / kImages, image = item % kImages;
        const float z = dense_sum<C5Tiles::kOut, kC5Splits, kImages>(round.scratch, output, image);
        round.c5[image][output] = __float2half(half_tanh(z + parameters[bias_offset(kC5) + output]));
    });
    multiply_dense<F6Tiles::kOut, F6Tiles::kIn, kF6Splits, kImages>(block, round.scratch, packed.f6, round.c5);
    block.each(kF6Out * kImages, [&](int item) {
        const int output = item / kImages, image = item % kImages;
        const float z = dense_sum<F6Tiles::kOut, kF6Splits, kImages>(round.scratch, output, image);
        round.f6[image][output] = __float2half(half_tanh(z + parameters[bias_offset(kF6) + output]));
    });
    multiply_dense<OutputTiles::kOut, OutputTiles::kIn, kOutputSplits, kImages>(block, round.scratch, packed.output,
                                                                                round.f6);
    block.each(kClasses * kImages, [&](int item) {
        const int output = item / kImages, image = item % kImages;
        round.output[output].of[image] =
            dense_sum<OutputTiles::kOut, kOutputSplits, kImages>(round.scratch, output, image) +
            parameters[bias_offset(kOutput) + output];
    });
}

template <typename Block, int kImages>
CHIFFRE_HOST_DEVICE void forward(Block& block, MixedRound<kImages>& round, const float* parameters,
                                 const PackedDense& packed, const std::uint8_t* tiles, const std::uint8_t* labels,
                                 int count) {
    load_tiles(block, round, tiles, labels, count);
    forward_c1(block, round);
    forward_c3(block, round);
    forward_s4(block, round);
    forward_dense(block, round, parameters, packed);
}

}  // namespace chiffre::cuda
