// dense.h -- a dense layer, forward and backward. Weights are broadcast and used for kGroups groups of kLanes images at
// once; the groups of a batch lie `stride` registers apart. One group or two, the order of the sums is the same.
#pragma once

#include "../lenet5.h"
#include "lanes.h"
#include "packing.h"
#include "tanh.h"

namespace chiffre::cpu::CHIFFRE_ISA {

// total(group, output) += sum over kInputs inputs of weights[input * kStep + output] * in(group, input).
template <int kInputs, int kOutputs, int kStep, int kGroups>
inline void accumulate(Lanes (&total)[kGroups][kOutputs], const float* weights, const Lanes* in,
                       std::ptrdiff_t stride) {
    for (int input = 0; input < kInputs; ++input, weights += kStep) {
        Lanes x[kGroups];
        for (int g = 0; g < kGroups; ++g) x[g] = in[g * stride + input];
#pragma GCC unroll 16
        for (int o = 0; o < kOutputs; ++o)
#pragma GCC unroll 2
            for (int g = 0; g < kGroups; ++g) total[g][o] += x[g] * weights[o];
    }
}

// out(group, output) = tanh(bias + weights * in), without tanh for the last layer.
template <int kLayer, int kGroups>
inline void dense(Lanes* out, const float* packed, const Lanes* in, std::ptrdiff_t stride) {
    constexpr Layer kDense = kLayers[kLayer];
    constexpr int kOutputs = kBlock<kLayer>;
    packed += kOffset<kLayer>;
    for (int first = 0; first < kDense.out.c; first += kOutputs, packed += kPackedPerBlock<kLayer>) {
        Lanes total[kGroups][kOutputs];
        for (int g = 0; g < kGroups; ++g)
            for (int o = 0; o < kOutputs; ++o) total[g][o] = packed[o] - Lanes{};
        accumulate<kWeightsPerOutput<kLayer>, kOutputs, kOutputs, kGroups>(total, packed + kOutputs, in, stride);
        for (int g = 0; g < kGroups; ++g)
            for (int o = 0; o < kOutputs; ++o)
                out[g * stride + first + o] = kDense.tanh ? tanh(total[g][o]) : total[g][o];
    }
}

// ---- backward ---------------------------------------------------------------------------------------------------

// in(group, input) is overwritten by d loss / d z of the layer before, or d loss / d in where that has no tanh, from
// dz(group, output) = d loss / d z of this layer and the weights as lenet5.h lays them out.
template <int kLayer, int kGroups>
inline void dense_backward(Lanes* in, const float* parameters, const Lanes* dz, std::ptrdiff_t stride) {
    constexpr Layer kDense = kLayers[kLayer];
    constexpr int kInputs = kWeightsPerOutput<kLayer>;
    constexpr int kSide = largest_divisor(kInputs, kAccumulators / kDenseGroups);
    constexpr bool kTanhBefore = kLayers[kLayer - 1].tanh;
    for (int first = 0; first < kInputs; first += kSide) {
        Lanes total[kGroups][kSide]{};
        accumulate<kDense.out.c, kSide, kInputs, kGroups>(total, parameters + kOffset<kLayer> + first, dz, stride);
        for (int g = 0; g < kGroups; ++g)
            for (int i = 0; i < kSide; ++i) {
                Lanes& value = in[g * stride + first + i];
                value = kTanhBefore ? total[g][i] * tanh_slope(value) : total[g][i];
            }
    }
}

// Adds the gradient of the layer's weights and biases, summed over `groups` groups. A block of weights stays in
// registers while the groups pass by, so that the sum over the lanes comes once per weight and batch.
template <int kLayer>
inline void dense_gradient(float* gradient, const Lanes* dz, const Lanes* in, std::ptrdiff_t stride, int groups) {
    constexpr Layer kDense = kLayers[kLayer];
    constexpr int kInputs = kWeightsPerOutput<kLayer>;
    constexpr int kOuts = largest_divisor(kDense.out.c, kRegisters == 32 ? 4 : 3);
    constexpr int kIns = largest_divisor(kInputs, kAccumulators / kOuts);
    float* dweights = gradient + kOffset<kLayer>;
    for (int i0 = 0; i0 < kInputs; i0 += kIns)
        for (int o0 = 0; o0 < kDense.out.c; o0 += kOuts) {
            Lanes total[kOuts][kIns]{};
            for (int group = 0; group < groups; ++group) {
                const Lanes* x = in + group * stride + i0;
                const Lanes* d = dz + group * stride + o0;
#pragma GCC unroll 8
                for (int o = 0; o < kOuts; ++o)
#pragma GCC unroll 8
                    for (int i = 0; i < kIns; ++i) total[o][i] += d[o] * x[i];
            }
            for (int o = 0; o < kOuts; ++o)
                for (int i = 0; i < kIns; ++i) dweights[(o0 + o) * kInputs + i0 + i] += sum(total[o][i]);
        }
    float* dbiases = gradient + kBiasOffset<kLayer>;
    for (int o = 0; o < kDense.out.c; ++o) {
        Lanes total{};
        for (int group = 0; group < groups; ++group) total += dz[group * stride + o];
        dbiases[o] += sum(total);
    }
}

}  // namespace chiffre::cpu::CHIFFRE_ISA
