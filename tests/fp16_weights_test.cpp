// fp16_weights_test.cpp -- the fragments of the fp16 kernel, multiplied here as the PTX manual says that the GPU does,
// against convolutions and sums written the plain way. Needs no GPU.
#include "fp16_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>

#include "lenet5_reference.h"
#include "tile.h"
#include "weights.h"

namespace chiffre::cuda::fp16 {
namespace {

int signed_byte(std::uint32_t word, int byte) {
    return static_cast<std::int8_t>(word >> (8 * byte) & 0xFF);
}
// Byte `byte` of a word of high and one of low bytes, as the number that they are of.
int factor_of(std::uint32_t high, std::uint32_t low, int byte) {
    return 256 * signed_byte(high, byte) + signed_byte(low, byte);
}

constexpr int kSide = kLayers[kC1].k;

class Fp16Weights : public testing::Test {
  protected:
    Fp16Weights() { pack(*packed_, parameters_.data()); }

    double weight(int layer, int output, int input) const {
        return parameters_[weight_offset(layer) + output * kLayers[layer].weights_per_output() + input];
    }
    double bias(int layer, int output) const { return parameters_[bias_offset(layer) + output]; }

    // Column n, row k of B, as the weight that it stands for; `after`: what the layer's outputs are multiplied by.
    template <int kSteps, int kTiles>
    static double dense_weight(const Weights::Layer<kSteps, kTiles>& layer, int n, int k, double after) {
        const std::uint32_t(&words)[2] = layer.factors[k / 16][n / 8][4 * (n % 8) + k % 16 / 4];
        const double unit = static_cast<double>(layer.outputs[n].scale) / 256 * kOne / after;
        return factor_of(words[0], words[1], k % 4) * unit;
    }
    // The largest difference that rounding a weight of this output may make: to the farther of its neighbours.
    double step(int layer, int output) const {
        double largest = 0;
        for (int i = 0; i < kLayers[layer].weights_per_output(); ++i)
            largest = std::max(largest, std::abs(weight(layer, output, i)));
        return largest / (127 * 256 + 126);
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
            sum += pixel *
                   (part(packed_->c1_high) * static_cast<double>(packed_->c1_high_scale) +
                    part(packed_->c1_low) * static_cast<double>(packed_->c1_low_scale)) /
                   kTanhToExp2;
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
        EXPECT_NEAR(sum + offset / kTanhToExp2, expected, 25 * 255 * packed_->c1_low_scale / kTanhToExp2 / 2 + 1e-4)
            << "column " << column;
    }
}

// Each word of C3's window has one place among the quads.
TEST(C3Word, EveryWordOnce) {
    constexpr int kRowPairs = (kSide + 1) / 2, kChannelPairs = kLayers[kC3].in.c / 2;
    int places[kChannelPairs][kRowPairs][kSide] = {};
    for (int quad = 0; quad < kC3Quads; ++quad)
        for (int t = 0; t < 4; ++t) {
            const Word4 word = c3_word(quad, t);
            if (word.channels < 0) continue;
            ASSERT_TRUE(word.channels < kChannelPairs && word.rows >= 0 && word.rows < kRowPairs && word.column >= 0 &&
                        word.column < kSide)
                << "quad " << quad << " t " << t;
            ++places[word.channels][word.rows][word.column];
        }
    for (const auto& channels : places)
        for (const auto& rows : channels)
            for (const int times : rows) EXPECT_EQ(times, 1);
}

// As the kernel adds it up: bytes, sums of their products that are floats by their bits, scales.
TEST_F(Fp16Weights, C3OfAWindow) {
    constexpr int kInputs = kLayers[kC3].in.c, kRows = kSide + 1;
    double in[kInputs][kRows][kSide];
    int stored[kInputs][kRows][kSide];
    for (int i = 0; i < kInputs * kRows * kSide; ++i) {
        (&stored[0][0][0])[i] = static_cast<int>(std::lround(std::sin(1.0 + i * i) * kOne)) + kZero;
        (&in[0][0][0])[i] = ((&stored[0][0][0])[i] - kZero) / static_cast<double>(kOne);
    }
    for (int channel = 0; channel < kLayers[kC3].out.c; ++channel)
        for (int y = 0; y < 2; ++y) {
            const int lane_of_column = 4 * (2 * (channel / 4) + y);
            const Weights::Channel& with = packed_->c3[channel];
            std::int64_t high = kMagicBits, low = with.low_start;
            for (int quad = 0; quad < kC3Quads; ++quad)
                for (int t = 0; t < 4; ++t) {
                    const std::uint32_t highs = packed_->c3_high[quad / 2][channel % 4][quad % 2][lane_of_column + t];
                    const std::uint32_t lows = packed_->c3_low[quad / 2][channel % 4][quad % 2][lane_of_column + t];
                    const Word4 word = c3_word(quad, t);
                    if (word.channels < 0) {
                        EXPECT_EQ(highs, 0u);
                        EXPECT_EQ(lows, 0u);
                        continue;
                    }
                    for (int byte = 0; byte < 4; ++byte) {
                        const int value = stored[2 * word.channels + byte / 2][2 * word.rows + byte % 2][word.column];
                        high += value / 256 * signed_byte(highs, byte);
                        low += value / 256 * signed_byte(lows, byte) + value % 256 * signed_byte(highs, byte);
                    }
                }
            // Within 2^22 of the middle, so that their bits are those of 1.5 * 2^23 + sum.
            ASSERT_LT(std::abs(high - kMagicBits), 1 << 22);
            ASSERT_LT(std::abs(low - kMagicBits), 1 << 22);
            const double sum = with.offset + with.high_scale * (static_cast<double>(high - kMagicBits) + kMagic) +
                               with.low_scale * (static_cast<double>(low - kMagicBits) + kMagic);
            double expected = bias(kC3, channel);
            for (int i = 0; i < kLayers[kC3].weights_per_output(); ++i) {
                const int tap = i % (kSide * kSide);
                expected += weight(kC3, channel, i) * in[i / (kSide * kSide)][y + tap / kSide][tap % kSide];
            }
            EXPECT_NEAR(sum / kTanhToExp2, expected, 4e-4) << "channel " << channel << " row " << y;
        }
}

TEST_F(Fp16Weights, DenseLayersAndWhatLiesBeyondThem) {
    constexpr int kWindows = kLayers[kS4].out.h * kLayers[kS4].out.w, kChannels = kLayers[kS4].out.c;
    const auto check = [this](const auto& packed, int layer, int tiles, int steps, double after, auto input) {
        const int outputs = kLayers[layer].out.c, inputs = kLayers[layer].in.size();
        for (int n = 0; n < 8 * tiles; ++n)
            for (int k = 0; k < 16 * steps; ++k) {
                if (n < outputs && k < inputs)
                    ASSERT_NEAR(dense_weight(packed, n, k, after), weight(layer, n, input(k)), step(layer, n) * 1.001);
                else
                    ASSERT_EQ(n < outputs ? dense_weight(packed, n, k, after) : packed.outputs[n].scale, 0);
            }
    };
    const auto in_order = [](int k) { return k; };
    check(packed_->dense.c5, kC5, kC5Tiles, kC5Steps, kTanhToExp2,
          [](int k) { return k % kChannels * kWindows + k / kChannels; });
    check(packed_->dense.f6, kF6, kF6Tiles, kF6Steps, kTanhToExp2, in_order);
    check(packed_->dense.output, kOutput, kOutTiles, kOutSteps, 1, in_order);
}

// A dense output as the kernel adds it up.
TEST_F(Fp16Weights, F6OfAnImage) {
    constexpr int kInputs = kLayers[kF6].in.size();
    for (int n = 0; n < kLayers[kF6].out.c; ++n) {
        std::int64_t high = 0, low = 0;
        double expected = bias(kF6, n);
        for (int k = 0; k < kInputs; ++k) {
            const int stored = static_cast<int>(std::lround(std::sin(1.0 + k * k) * kOne)) + kZero;
            const std::uint32_t(&words)[2] = packed_->dense.f6.factors[k / 16][n / 8][4 * (n % 8) + k % 16 / 4];
            high += stored / 256 * signed_byte(words[0], k % 4);
            low += stored / 256 * signed_byte(words[1], k % 4) + stored % 256 * signed_byte(words[0], k % 4);
            expected += weight(kF6, n, k) * (stored - kZero) / static_cast<double>(kOne);
        }
        const Weights::Output with = packed_->dense.f6.outputs[n];
        const double sum = with.offset + with.scale * (256.0 * static_cast<double>(high) + static_cast<double>(low));
        EXPECT_NEAR(sum / kTanhToExp2, expected, 2e-4) << n;
    }
}

// What rounding together is for: the errors of a kernel's taps add up to no more than half a step.
TEST_F(Fp16Weights, ErrorsOfAKernelCancel) {
    for (int output = 0; output < kLayers[kC5].out.c; ++output)
        for (int channel = 0; channel < kLayers[kS4].out.c; ++channel) {
            double error = 0;
            for (int window = 0; window < 25; ++window)
                error += dense_weight(packed_->dense.c5, output, window * kLayers[kS4].out.c + channel, kTanhToExp2) -
                         weight(kC5, output, channel * 25 + window);
            EXPECT_LT(std::abs(error), step(kC5, output) * 0.51);
        }
}

// Weights such as no training gives: outputs of C1 beyond what 2^x can be of.
TEST_F(Fp16Weights, WideOutputsAreTold) {
    EXPECT_FALSE(packed_->wide);
    std::fill_n(parameters_.begin() + weight_offset(kC1), kSide * kSide, 2.0f);
    pack(*packed_, parameters_.data());
    EXPECT_TRUE(packed_->wide);
}

}  // namespace
}  // namespace chiffre::cuda::fp16
