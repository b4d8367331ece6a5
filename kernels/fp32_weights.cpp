// fp32_weights.cpp -- what fp32_weights.h promises.
#include "fp32_weights.h"

#include <cstring>

namespace chiffre::cuda::fp32 {

static void pack_dense(float* packed, const float* parameters, int layer) {
    const int inputs = kLayers[layer].in.size(), outputs = kLayers[layer].out.c;
    const float* weights = parameters + weight_offset(layer);
    for (int o = 0; o < outputs; ++o)
        for (int i = 0; i < inputs; ++i) packed[(i / 4 * outputs + o) * 4 + i % 4] = weights[o * inputs + i];
}

void pack(Weights& packed, C1Parameters& c1, const float* parameters) {
    const auto copy = [parameters](float* to, int offset, int count) {
        std::memcpy(to, parameters + offset, count * sizeof(float));
    };
    for (int c = 0; c < kLayers[kC1].out.c; ++c)
        for (int tap = 0; tap < kSide * kSide; ++tap)
            c1.weights[c / kC1AtOnce][tap][c % kC1AtOnce] = parameters[weight_offset(kC1) + c * kSide * kSide + tap];
    copy(c1.biases, bias_offset(kC1), kLayers[kC1].out.c);
    const float* c3 = parameters + weight_offset(kC3);
    for (int out = 0; out < kLayers[kC3].out.c; ++out)
        for (int in = 0; in < kLayers[kC3].in.c; ++in)
            for (int tap = 0; tap < kSide * kSide; ++tap)
                packed.c3[in][tap / kSide][tap % kSide][out] = c3[(out * kLayers[kC3].in.c + in) * kSide * kSide + tap];
    copy(packed.c3_biases, bias_offset(kC3), kLayers[kC3].out.c);
    pack_dense(packed.c5, parameters, kC5);
    pack_dense(packed.f6, parameters, kF6);
    pack_dense(packed.output, parameters, kOutput);
    copy(packed.c5_biases, bias_offset(kC5), kLayers[kC5].out.c);
    copy(packed.f6_biases, bias_offset(kF6), kLayers[kF6].out.c);
    copy(packed.output_biases, bias_offset(kOutput), kClasses);
}

}  // namespace chiffre::cuda::fp32
