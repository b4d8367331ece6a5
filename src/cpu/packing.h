// packing.h -- weights in the order in which the layers broadcast them. The outputs of a layer are computed in blocks
// that fill the registers; packed, the weights of a block stand input by input, side by side for its outputs, and are
// read from front to back.
#pragma once

#include "../lenet5.h"
#include "lanes.h"

namespace chiffre::cpu::CHIFFRE_ISA {

inline constexpr int kWindow = 4;       // convolutions compute the 2x2 positions of one pooling window at a time
inline constexpr int kDenseGroups = 2;  // dense layers use each weight for two groups of kLanes images

// Outputs (channels of a convolution) in one block.
template <int kLayer>
inline constexpr int kBlock = largest_divisor(
    kLayers[kLayer].out.c, kAccumulators / (kLayers[kLayer].kind == LayerKind::convolution ? kWindow : kDenseGroups));

// Where the parameters of a layer begin, packed or not: packing only changes their order, block by block, in each block
// first the biases. (A variable, so that lenet5.h's inline function is not called at run time; see lanes.h.)
template <int kLayer>
inline constexpr int kOffset = weight_offset(kLayer);

template <int kLayer>
inline constexpr int kPackedPerBlock = kBlock<kLayer>*(kLayers[kLayer].weights_per_output() + 1);

template <int kLayer>
inline void pack_layer(float* packed, const float* parameters) {
    constexpr int kInputs = kLayers[kLayer].weights_per_output();
    constexpr int kOutputs = kLayers[kLayer].biases();
    constexpr int kSide = kBlock<kLayer>;
    const float* weights = parameters + kOffset<kLayer>;
    const float* biases = weights + kInputs * kOutputs;
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
