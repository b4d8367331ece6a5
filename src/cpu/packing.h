// packing.h -- weights in the order in which the layers broadcast them. The outputs of a layer are computed in blocks
// that fill the registers; packed, the weights of a block stand input by input, side by side for its outputs, and are
// read from front to back.
#pragma once

#include "../lenet5.h"
#include "lanes.h"

namespace chiffre::cpu::CHIFFRE_ISA {

inline constexpr int kWindow = 4;       // convolutions compute the 2x2 positions of one pooling window at a time
inline constexpr int kDenseGroups = 2;  // dense layers use each weight for two groups of kLanes images

// What lenet5.h computes, as variables: its functions are inline and must not be called at run time here (lanes.h).
template <int kLayer>
inline constexpr int kOffset = weight_offset(kLayer);
template <int kLayer>
inline constexpr int kBiasOffset = bias_offset(kLayer);
template <int kLayer>
inline constexpr int kWeightsPerOutput = kLayers[kLayer].weights_per_output();
template <int kLayer>
inline constexpr int kOutputSize = kLayers[kLayer].out.size();

// Outputs (channels of a convolution) in one block.
template <int kLayer>
inline constexpr int kBlock = largest_divisor(
    kLayers[kLayer].out.c, kAccumulators / (kLayers[kLayer].kind == LayerKind::convolution ? kWindow : kDenseGroups));

// Packing only changes the order of a layer's parameters, block by block, in each block first the biases.
template <int kLayer>
inline constexpr int kPackedPerBlock = kBlock<kLayer>*(kWeightsPerOutput<kLayer> + 1);

template <int kLayer>
inline void pack_layer(float* packed, const float* parameters) {
    constexpr int kInputs = kWeightsPerOutput<kLayer>;
    constexpr int kOutputs = kLayers[kLayer].out.c;
    constexpr int kSide = kBlock<kLayer>;
    const float* weights = parameters + kOffset<kLayer>;
    const float* biases = parameters + kBiasOffset<kLayer>;
    float* to = packed + kOffset<kLayer>;
    for (int first = 0; first < kOutputs; first += kSide) {
        for (int output = first; output < first + kSide; ++output) *to++ = biases[output];
        for (int input = 0; input < kInputs; ++input)
            for (int output = first; output < first + kSide; ++output) *to++ = weights[output * kInputs + input];
    }
}

// Both blocks have kParameters floats.
inline void pack(float* packed, const float* parameters) {
    pack_layer<kC1>(packed, parameters);
    pack_layer<kC3>(packed, parameters);
    pack_layer<kC5>(packed, parameters);
    pack_layer<kF6>(packed, parameters);
    pack_layer<kOutput>(packed, parameters);
}

}  // namespace chiffre::cpu::CHIFFRE_ISA
