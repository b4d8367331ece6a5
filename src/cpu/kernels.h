// kernels.h -- what one instruction set offers: the network forward and backward as plain functions. kernels.cpp is
// compiled once per instruction set and fills in one table each.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../lenet5.h"
#include "../tile.h"

namespace chiffre::cpu {

// The memory map of the activations that training keeps. Images are taken in groups of `lanes`; for each group all
// values in the order of the layers, the tile first, then the output of every layer; and each value for all images of
// the group side by side: index = (group * kActivations + activation_offset(layer) + i) * lanes + lane.
constexpr int activation_offset(int layer) {
    int offset = kTileBytes;
    for (int i = 0; i < layer; ++i) offset += kLayers[i].out.size();
    return offset;
}
inline constexpr int kActivations = activation_offset(static_cast<int>(kLayers.size()));

inline constexpr std::size_t kAlignment = 64;  // bytes, of every workspace and of the activations: one AVX-512 register

struct Kernels {
    const char* isa;                 // set where the code is compiled, from what the compiler was told
    bool fused_multiply_add;         // likewise: products are added in one rounding, as on a GPU
    int lanes;                       // images per group
    std::size_t classify_workspace;  // floats that classify() works in
    std::size_t backward_workspace;  // floats that backward() works in

    // Both kParameters floats; the order of `packed` is the kernels' own.
    void (*pack)(float* packed, const float* parameters);

    // logits[10 * i + digit] for n tiles of kTileBytes each.
    void (*classify)(float* logits, const std::uint8_t* tiles, std::size_t n, const float* packed, float* workspace);

    // The same logits, bit for bit; fills ceil(n / lanes) groups of activations. Lanes beyond n repeat an image.
    void (*forward)(float* logits, float* activations, const std::uint8_t* tiles, std::size_t n, const float* packed);

    // Adds to gradient[kParameters] the sum over the n images of the last forward(), given dlogits[10 * i + digit] =
    // d loss / d logit. The activations are used up: gradients take their place.
    void (*backward)(float* gradient, float* activations, const float* dlogits, std::size_t n, const float* parameters,
                     float* workspace);
};

namespace baseline {
extern const Kernels kKernels;
}
#ifdef __x86_64__
namespace avx2 {
extern const Kernels kKernels;
}
namespace avx512 {
extern const Kernels kKernels;
}
#endif

}  // namespace chiffre::cpu
