// fp16_weights_test.cpp -- the fragments of the fp16 kernel, multiplied here as the PTX manual says that the GPU does,
// against convolutions and sums written the plain way. Needs no GPU.
#include "fp16_weights.h"

#include <cuda_fp16.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "lenet5_reference.h"
#include "tile.h"
#include "weights.h"

namespace chiffre::cuda::fp16 {
namespace {

// The two halves of a register.
double low_half(std::uint32_t word) {
    return __half2float(__ushort_as_half(static_cast<unsigned short>(word & 0xFFFF)));
}
double high_half(std::uint32_t word) {
    return __half2float(__ushort_as_half(static_cast<unsigned short>(word >> 16)));
}

constexpr int kSide = kLayers[kC1].k;
constexpr double kHalfStep = 1.0 / 1024;  // a weight may be rounded to the farther of its neighbours

class Fp16Weights : public testing::Test {
  protected:
    Fp16Weights() { pack(*packed_, parameters_.data()); }

    double weight(int layer, int output, int input) const {
        return parameters_[weight_offset(layer) + output * kLayers[layer].weights_per_output() + input];
    }
    double bias(int layer, int output) const { return parameters_[bias_offset(layer) + output]; }

    // Column n, row k of B, as halves.
    template <int kSteps, int kTiles>
    static double dense_factor(const std::uint32_t (&fragments)[kSteps][kTiles][kLanes][2], int n, int k) {
        const int lane = 4 * (n % 8) + k % 8 / 2;
        const std::uint32_t word = fragments[k / 16][n / 8][lane][k % 16 / 8];
        return k % 2 ? high_half(word) : low_half(word);
    }

    std::vector<float> parameters_ = default_weights().values;
    std::unique_ptr<Weights> packed_ = std::make_unique<Weights>();
};

// A window of the first convolution yields all its outputs; products of integers are exact, so only the weights' step
// counts.
TEST_F(Fp16Weights, C1OfAWindow) {
    const Tile tile = reference::made_tiles(1).front();
    const int top = 12, left = 8;
    for (int column = 0; column < 8 * kC1Tiles; ++column) {
        const int n_tile = column / 8, n = column % 8;
        double sum = 0;
        for (int k = 0; k < kC1WindowBytes * kC1WindowRows; ++k) {
            const int lane = 4 * n + k % 16 / 4, shift = 8 * (k % 4);
            const auto part = [&](const std::uint32_t(&fragment)[kC1Tiles][kC1Registers][kLanes]) {
                return static_cast<std::int8_t>(fragment[n_tile][k / 16][lane] >> shift & 0xFF);
            };
            const int pixel = tile.ink[(top + k / kC1WindowBytes) * kTileSide + left + k % kC1WindowBytes];
            sum += pixel * (part(packed_->c1_high) * static_cast<double>(packed_->c1_high_scale) +
                            part(packed_->c1_low) * static_cast<double>(packed_->c1_low_scale));
        }
        // Of the four outputs of a pooling window, two stand in neighbouring columns and two in the next N tile.
        const int channel = 2 * (n_tile / 2) + n / 4, y = top + n_tile % 2, x = left + 2 * (n / 2 % 2) + n % 2;
        const double offset = packed_->c1_offset[channel] + kMagic * static_cast<double>(packed_->c1_high_scale) +
                              kMagic * static_cast<double>(packed_->c1_low_scale);
        double expected = bias(kC1, channel);
        for (int tap = 0; tap < kSide * kSide; ++tap) {
            const int pixel = tile.ink[(y + tap / kSide) * kTileSide + x + tap % kSide];
            expected += weight(kC1, channel, tap) * (pixel * static_cast<double>(kInputScale) + kInputBias);
        }
        EXPECT_NEAR(sum + offset, expected, 25 * 255 * packed_->c1_low_scale / 2 + 1e-4) << "column " << column;
    }
}

// Each pair of C3's window has one place among the quads.
TEST(C3Pair, EveryPairOnce) {
    constexpr int kPairs = (kSide + 1) / 2;
    int places[kLayers[kC3].in.c][kPairs][kSide] = {};
    for (int quad = 0; quad < kC3Quads; ++quad)
        for (int t = 0; t < 4; ++t) {
            const Pair pair = c3_pair(quad, t);
            if (pair.channel < 0) continue;
            ASSERT_NE(quad, kC3BiasQuad);
            ASSERT_TRUE(pair.channel < kLayers[kC3].in.c && pair.rows >= 0 && pair.rows < kPairs && pair.column >= 0 &&
                        pair.column < kSide)
                << "quad " << quad << " t " << t;
            ++places[pair.channel][pair.rows][pair.column];
        }
    for (int channel = 0; channel < kLayers[kC3].in.c; ++channel)
        for (int rows = 0; rows < kPairs; ++rows)
            for (int column = 0; column < kSide; ++column)
                EXPECT_EQ(places[channel][rows][column], 1) << channel << ' ' << rows << ' ' << column;
}

TEST_F(Fp16Weights, C3OfAWindow) {
    constexpr int kInputs = kLayers[kC3].in.c, kRows = kSide + 1;
    double in[kInputs][kRows][kSide];  // the mean of a pooling window
    for (int i = 0; i < kInputs * kRows * kSide; ++i) (&in[0][0][0])[i] = std::sin(1.0 + i * i);
    for (int channel = 0; channel < kLayers[kC3].out.c; ++channel)
        for (int y = 0; y < 2; ++y) {
            const int n = 2 * (channel / 4) + y;
            double sum = 0;
            for (int quad = 0; quad < kC3Quads; ++quad)
                for (int t = 0; t < 4; ++t) {
                    const std::uint32_t word = packed_->c3[quad / 2][channel % 4][quad % 2][4 * n + t];
                    const Pair pair = c3_pair(quad, t);
                    if (quad == kC3BiasQuad)
                        sum += low_half(word) + high_half(word);
                    else if (pair.channel >= 0)  // S2 comes as sums of four
                        sum += 4 * (low_half(word) * in[pair.channel][2 * pair.rows][pair.column] +
                                    high_half(word) * in[pair.channel][2 * pair.rows + 1][pair.column]);
                    else
                        EXPECT_EQ(word, 0u);
                }
            double expected = bias(kC3, channel), size = 0;
            for (int i = 0; i < kLayers[kC3].weights_per_output(); ++i) {
                const int tap = i % (kSide * kSide);
                const double product = weight(kC3, channel, i) * in[i / (kSide * kSide)][y + tap / kSide][tap % kSide];
                expected += product, size += std::abs(product);
            }
            EXPECT_NEAR(sum, expected, size * kHalfStep) << "channel " << channel << " row " << y;
        }
}

TEST_F(Fp16Weights, DenseLayersAndWhatLiesBeyondThem) {
    constexpr int kWindows = kLayers[kS4].out.h * kLayers[kS4].out.w, kChannels = kLayers[kS4].out.c;
    for (int n = 0; n < 8 * kC5Tiles; ++n)
        for (int k = 0; k < 16 * kC5Steps; ++k) {
            const double expected = weight(kC5, n, k % kChannels * kWindows + k / kChannels) / 4;
            ASSERT_NEAR(dense_factor(packed_->dense.c5, n, k), expected, std::abs(expected) * kHalfStep + 1e-7);
        }
    const auto check = [this](const auto& fragments, int layer, int tiles, int steps) {
        const int outputs = kLayers[layer].out.c, inputs = kLayers[layer].in.size();
        for (int n = 0; n < 8 * tiles; ++n)
            for (int k = 0; k < 16 * steps; ++k) {
                const double expected = n < outputs && k < inputs ? weight(layer, n, k) : 0;
                ASSERT_NEAR(dense_factor(fragments, n, k), expected, std::abs(expected) * kHalfStep / 2 + 1e-7);
            }
    };
    check(packed_->dense.f6, kF6, kF6Tiles, kF6Steps);
    check(packed_->dense.output, kOutput, kOutTiles, kOutSteps);
}

// What rounding together is for: the errors of a kernel's taps add up to nearly nothing.
TEST_F(Fp16Weights, ErrorsOfAKernelCancel) {
    double nearest = 0, together = 0;
    for (int output = 0; output < kLayers[kC5].out.c; ++output)
        for (int channel = 0; channel < kLayers[kS4].out.c; ++channel) {
            double of_nearest = 0, of_together = 0;
            for (int window = 0; window < 25; ++window) {
                const auto exact = static_cast<float>(weight(kC5, output, channel * 25 + window));
                of_nearest += __half2float(__float2half_rn(exact)) - static_cast<double>(exact);
                of_together +=
                    4 * dense_factor(packed_->dense.c5, output, window * kLayers[kS4].out.c + channel) - exact;
            }
            nearest += std::abs(of_nearest), together += std::abs(of_together);
        }
    EXPECT_LT(together, nearest / 20);
}

}  // namespace
}  // namespace chiffre::cuda::fp16
