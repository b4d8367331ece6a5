// fp32_weights.h -- the parameters in the order in which the threads of the fp32 kernel load them.
#pragma once

#include "lenet5.h"

namespace chiffre::cuda::fp32 {

inline constexpr int kSide = kLayers[kC1].k;  // of both convolutions' kernels
static_assert(kSide == kLayers[kC3].k);

inline constexpr int kC1AtOnce = 2;  // channels of C1 that a thread computes at a time
struct C1Parameters {
    float weights[kLayers[kC1].out.c / kC1AtOnce][kSide * kSide][kC1AtOnce];
    float biases[kLayers[kC1].out.c];
};

// Dense weights as (input / 4, output, input % 4): 16 bytes a lane, neighbours side by side.
struct Weights {
    float c3[kLayers[kC3].in.c][kSide][kSide][kLayers[kC3].out.c];
    float c3_biases[kLayers[kC3].out.c];
    float c5[kLayers[kC5].weights()], f6[kLayers[kF6].weights()], output[kLayers[kOutput].weights()];
    float c5_biases[kLayers[kC5].out.c], f6_biases[kLayers[kF6].out.c], output_biases[kClasses];
};

// `parameters`: kParameters floats in lenet5.h's memory map.
void pack(Weights& packed, C1Parameters& c1, const float* parameters);

}  // namespace chiffre::cuda::fp32
