// kernels.h -- LeNet-5 on one group of images, one image per SIMD lane. The same source (network.cpp) is compiled once
// per instruction set; each copy offers itself as one Kernels table, so nothing else needs to know which is in use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lenet5.h"

namespace chiffre::cpu {

// All pointers are aligned to kAlignment. "lanes" floats stand side by side for one feature, one per image.
inline constexpr std::size_t kAlignment = 64;  // bytes: one cache line, one AVX-512 register

// Activations of one group, features in lenet5.h's order: the input, then every layer's output except the logits.
constexpr int activation_offset(int layer) {  // of the layer's input; in features
    int offset = 0;
    for (int i = 0; i < layer; ++i) offset += kLayers[static_cast<std::size_t>(i)].in.size();
    return offset;
}
inline constexpr int kActivations = activation_offset(static_cast<int>(kLayers.size()));  // features per image

struct Kernels {
    const char* isa;  // "baseline", "avx2", "avx512"
    int lanes;        // images per group

    // Parameters in the order in which the loops read them; kParameters floats each.
    void (*pack_forward)(float* packed, const float* weights);
    void (*pack_backward)(float* packed, const float* weights);

    // Runs the network on `n` <= lanes tiles of kTileBytes each. activations: kActivations * lanes floats, all written
    // (lanes beyond n see empty tiles). logits: kClasses floats per tile, tile by tile.
    void (*forward)(const float* packed, const std::uint8_t* tiles, int n, float* activations, float* logits);

    // Adds to `gradient` (kParameters floats, lenet5.h's order) what the group contributes, given its activations and
    // dlogits (kClasses floats per tile, n tiles). scratch: kScratch * lanes floats.
    void (*backward)(const float* packed, const float* activations, const float* dlogits, int n, float* gradient,
                     float* scratch);
};

// Gradients of the largest layers side by side, with room for the zero border around C3's: in features.
inline constexpr int kScratch = 2 * kActivations + 16 * 18 * 18;

extern const Kernels kBaseline;
#if defined(__x86_64__)
extern const Kernels kAvx2, kAvx512;
#endif

// What this machine can run, slowest first.
std::span<const Kernels* const> available_kernels();

// The fastest of them, or the one that the environment variable CHIFFRE_ISA names. Throws Error(usage) where that is
// unknown or not available here.
const Kernels& chosen_kernels();

}  // namespace chiffre::cpu
