// fp16_weights.cu -- host code: where each parameter of LeNet-5 stands in a fragment.
#include "fp16_weights.h"

#include <cuda_fp16.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace chiffre::cuda::fp16 {
namespace {

struct FragmentLane {
    int g, t;
    explicit FragmentLane(int lane) : g(lane / 4), t(lane % 4) {}
};

std::uint32_t half_bits(float value) {
    return __half_as_ushort(__float2half_rn(value));
}
std::uint32_t pair_bits(float first, float second) {
    return half_bits(first) | half_bits(second) << 16;
}

// A pooling window's mean is its sum here; the quarter goes into the factors of the next layer, where it costs nothing.
constexpr float kMean = 0.25f;

// ---- C1 -------------------------------------------------------------------------------------------------------------

constexpr int kSide = kLayers[kC1].k, kTaps = kSide * kSide;

// Column n of N tile `tile` is one output of the window: of channel 2 * (tile / 2) + ..., row tile % 2; the four
// outputs of one pooling window lie in one lane of D (columns 2t and 2t + 1 of tiles 2j and 2j + 1).
struct C1Output {
    int channel, y, x;
};
C1Output c1_output(int tile, int n) {
    const int t = n / 2;
    return {2 * (tile / 2) + t / 2, tile % 2, 2 * (t % 2) + n % 2};
}

void pack_c1(Weights& packed, const float* parameters) {
    const float* weights = parameters + weight_offset(kC1);
    const float* biases = parameters + bias_offset(kC1);
    constexpr int kChannels = kLayers[kC1].out.c, kLargest = 127 * 256 + 127;
    float largest = 1e-20f;
    for (int i = 0; i < kChannels * kTaps; ++i) largest = std::max(largest, std::abs(weights[i]));
    const double step = static_cast<double>(largest) * kInputScale / kLargest;

    const auto fixed = [&](int channel, int ky, int kx) {
        if (ky < 0 || ky >= kSide || kx < 0 || kx >= kSide) return 0;
        const double weight = weights[(channel * kSide + ky) * kSide + kx];
        return static_cast<int>(std::lround(weight * kInputScale / step));
    };
    for (int tile = 0; tile < kC1Tiles; ++tile)
        for (int r = 0; r < kC1Registers; ++r)
            for (int l = 0; l < kLanes; ++l) {
                const FragmentLane lane(l);
                const C1Output out = c1_output(tile, lane.g);
                std::uint32_t high = 0, low = 0;
                for (int byte = 0; byte < 4; ++byte) {
                    const int k = 16 * r + 4 * lane.t + byte;
                    const int factor = fixed(out.channel, k / kC1WindowBytes - out.y, k % kC1WindowBytes - out.x);
                    const int upper = (factor + 128) >> 8;
                    high |= static_cast<std::uint32_t>(upper & 0xFF) << (8 * byte);
                    low |= static_cast<std::uint32_t>((factor - 256 * upper) & 0xFF) << (8 * byte);
                }
                packed.c1_high[tile][r][l] = high;
                packed.c1_low[tile][r][l] = low;
            }
    packed.c1_low_scale = static_cast<float>(step);
    packed.c1_high_scale = static_cast<float>(256 * step);
    for (int c = 0; c < kChannels; ++c) {
        double sum = 0;
        for (int i = 0; i < kTaps; ++i) sum += weights[c * kTaps + i];
        packed.c1_offset[c] = static_cast<float>(
            biases[c] + kInputBias * sum - kMagic * (static_cast<double>(packed.c1_low_scale) + packed.c1_high_scale));
    }
}

// ---- rounding to halves --------------------------------------------------------------------------------------------

// The half next to `value` on the other side than `rounded`.
float other_half(float value, float rounded) {
    const std::uint16_t bits = __half_as_ushort(__float2half_rn(rounded));
    const bool away = (rounded > value) == (rounded < 0);  // from zero
    if (!away && (bits & 0x7FFF) == 0) return rounded;     // beyond zero there is nothing worth the trouble
    return __half2float(__ushort_as_half(static_cast<std::uint16_t>(away ? bits + 1 : bits - 1)));
}

// Rounds the weights that one output has for one map (the taps of a kernel, or all places of a map) to halves so that
// their errors add up to nearly nothing: neighbours in a map are alike, so what is left of the sum counts most. Some
// weights take the farther of their two neighbours for it. Of the error of all scores on random tiles a quarter goes.
void round_together(std::span<float> weights) {
    const auto error = [&](std::size_t i, float rounded) { return static_cast<double>(rounded) - weights[i]; };
    std::vector<float> rounded(weights.size());
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        rounded[i] = __half2float(__float2half_rn(weights[i]));
        sum += error(i, rounded[i]);
    }
    for (std::size_t turn = 0; turn < weights.size(); ++turn) {
        // The move to the other neighbour that leaves the least of the sum, and moves a weight least.
        std::size_t best = weights.size();
        float best_value = 0;
        double least = 1e30;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            if (error(i, rounded[i]) * sum <= 0)
                continue;  // rounded the other way: moving it would make the sum larger
            const float other = other_half(weights[i], rounded[i]);
            const double left = std::abs(sum + error(i, other) - error(i, rounded[i]));
            const double cost = left + 0.5 * std::abs(error(i, other));
            if (left < std::abs(sum) && cost < least) best = i, best_value = other, least = cost;
        }
        if (best == weights.size()) break;
        sum += error(best, best_value) - error(best, rounded[best]);
        rounded[best] = best_value;
    }
    std::copy(rounded.begin(), rounded.end(), weights.begin());
}

// ---- C3 -------------------------------------------------------------------------------------------------------------

// Column n of N tile `tile`: channel 4t + tile, row n % 2 of the pooling window.
void pack_c3(Weights& packed, const float* parameters) {
    constexpr int kInputs = kLayers[kC3].in.c;
    std::vector<float> weights(parameters + weight_offset(kC3), parameters + bias_offset(kC3));
    for (std::size_t kernel = 0; kernel < weights.size(); kernel += kTaps)
        round_together(std::span(weights).subspan(kernel, kTaps));
    const float* biases = parameters + bias_offset(kC3);
    const auto factor = [&](int channel, const Pair& pair, int row, int y) {
        const int ky = 2 * pair.rows + row - y;
        if (pair.channel < 0 || ky < 0 || ky >= kSide) return 0.0f;
        return kMean * weights[((channel * kInputs + pair.channel) * kSide + ky) * kSide + pair.column];
    };
    for (int quad = 0; quad < kC3Quads; ++quad)
        for (int tile = 0; tile < kC3Tiles; ++tile)
            for (int l = 0; l < kLanes; ++l) {
                const FragmentLane lane(l);
                const int channel = 4 * (lane.g / 2) + tile, y = lane.g % 2;
                const Pair pair = c3_pair(quad, lane.t);
                std::uint32_t& word = packed.c3[quad / 2][tile][quad % 2][l];
                word = pair_bits(factor(channel, pair, 0, y), factor(channel, pair, 1, y));
                if (quad == kC3BiasQuad && lane.t == 0) {  // the bias in two halves, 22 bits
                    const float upper = __half2float(__float2half_rn(biases[channel]));
                    word = pair_bits(upper, biases[channel] - upper);
                }
            }
}

// ---- dense layers ---------------------------------------------------------------------------------------------------

// B fragments of weights(output, input), which are zero beyond the layer's size. `input(k)` tells which input stands at
// position k of the operand A, `factor` multiplies all.
template <int kSteps, int kTiles, typename Input>
void pack_dense(std::uint32_t (&fragments)[kSteps][kTiles][kLanes][2], const float* parameters, int layer, float factor,
                Input input) {
    const int inputs = kLayers[layer].in.size(), outputs = kLayers[layer].out.size();
    std::vector<float> weights(parameters + weight_offset(layer), parameters + bias_offset(layer));
    const std::size_t map = kLayers[layer].in.h * kLayers[layer].in.w;
    if (map > 1)
        for (std::size_t first = 0; first < weights.size(); first += map)
            round_together(std::span(weights).subspan(first, map));
    const auto weight = [&](int output, int k) {
        if (output >= outputs || input(k) >= inputs) return 0.0f;
        return factor * weights[output * inputs + input(k)];
    };
    for (int step = 0; step < kSteps; ++step)
        for (int tile = 0; tile < kTiles; ++tile)
            for (int l = 0; l < kLanes; ++l)
                for (int r = 0; r < 2; ++r) {
                    const FragmentLane lane(l);
                    const int k = 16 * step + 8 * r + 2 * lane.t, output = 8 * tile + lane.g;
                    fragments[step][tile][l][r] = pair_bits(weight(output, k), weight(output, k + 1));
                }
}

template <int kSize>
void pack_biases(float (&biases)[kSize], const float* parameters, int layer) {
    std::fill(biases, biases + kSize, 0.0f);
    std::copy_n(parameters + bias_offset(layer), kLayers[layer].out.size(), biases);
}

}  // namespace

void pack(Weights& packed, const float* parameters) {
    pack_c1(packed, parameters);
    pack_c3(packed, parameters);
    constexpr int kWindows = kLayers[kS4].out.h * kLayers[kS4].out.w, kChannels = kLayers[kS4].out.c;
    Weights::Dense& dense = packed.dense;
    // S4 leaves the kernel window by window, all channels of one side by side.
    pack_dense(dense.c5, parameters, kC5, kMean, [](int k) { return k % kChannels * kWindows + k / kChannels; });
    pack_dense(dense.f6, parameters, kF6, 1.0f, [](int k) { return k; });
    pack_dense(dense.output, parameters, kOutput, 1.0f, [](int k) { return k; });
    pack_biases(dense.c5_bias, parameters, kC5);
    pack_biases(dense.f6_bias, parameters, kF6);
    pack_biases(dense.output_bias, parameters, kOutput);
}

}  // namespace chiffre::cuda::fp16
