// kernels.cpp -- LeNet-5 forward and backward, layer after layer, for one instruction set: compiled once for each, with
// its name in CHIFFRE_ISA. See lanes.h for what may not be called here.
#include "kernels.h"

#include "convolution.h"
#include "dense.h"
#include "lanes.h"
#include "packing.h"
#include "tiles.h"

namespace chiffre::cpu::CHIFFRE_ISA {
namespace {

template <int kLayer>
constexpr int kActivation = activation_offset(kLayer);

// The convolutional part for one group of 1 to kLanes tiles. C1 and C3 are kept only where training wants them.
template <bool kKeep>
void convolutions(Lanes* s4, Lanes* c3, Lanes* s2, Lanes* c1, Lanes* pixels, const std::uint8_t* tiles, std::size_t n,
                  const float* packed) {
    load_tiles(pixels, tiles, n < kLanes ? static_cast<int>(n) : kLanes);
    convolve_and_pool<kC1, kKeep>(s2, c1, packed, pixels);
    convolve_and_pool<kC3, kKeep>(s4, c3, packed, s2);
}

// The dense part for kGroups groups; what belongs to a further group lies `stride` registers on.
template <int kGroups>
void dense_layers(Lanes* output, Lanes* f6, Lanes* c5, const Lanes* s4, std::ptrdiff_t stride, const float* packed) {
    dense<kC5, kGroups>(c5, packed, s4, stride);
    dense<kF6, kGroups>(f6, packed, c5, stride);
    dense<kOutput, kGroups>(output, packed, f6, stride);
}

void store_logits(float* logits, const Lanes* output, std::size_t n) {
    const int images = n < kLanes ? static_cast<int>(n) : kLanes;
    for (int lane = 0; lane < images; ++lane)
        for (int digit = 0; digit < kClasses; ++digit) logits[lane * kClasses + digit] = output[digit][lane];
}

// ---- reading ----------------------------------------------------------------------------------------------------

// What the layers of one group hold while it is read; small enough for the second-level cache.
struct DenseWorkspace {
    Lanes s4[kOutputSize<kS4>];
    Lanes c5[kOutputSize<kC5>];
    Lanes f6[kOutputSize<kF6>];
    Lanes output[kClasses];
};
struct Workspace {
    Lanes pixels[kTileBytes];
    Lanes s2[kOutputSize<kS2>];
    DenseWorkspace groups[kDenseGroups];
};

void classify(float* logits, const std::uint8_t* tiles, std::size_t n, const float* packed, float* memory) {
    auto& work = *reinterpret_cast<Workspace*>(memory);
    constexpr std::ptrdiff_t kStride = sizeof(DenseWorkspace) / sizeof(Lanes);
    DenseWorkspace& first = work.groups[0];
    for (std::size_t done = 0; done < n; done += kDenseGroups * kLanes) {
        int groups = 0;
        for (std::size_t i = done; i < n && groups < kDenseGroups; i += kLanes)
            convolutions<false>(work.groups[groups++].s4, nullptr, work.s2, nullptr, work.pixels,
                                tiles + i * kTileBytes, n - i, packed);
        if (groups == kDenseGroups)
            dense_layers<kDenseGroups>(first.output, first.f6, first.c5, first.s4, kStride, packed);
        else
            dense_layers<1>(first.output, first.f6, first.c5, first.s4, kStride, packed);
        for (int g = 0; g < groups; ++g) {
            const std::size_t i = done + g * kLanes;
            store_logits(logits + i * kClasses, work.groups[g].output, n - i);
        }
    }
}

// ---- training ---------------------------------------------------------------------------------------------------

int groups_of(std::size_t n) {
    return static_cast<int>((n + kLanes - 1) / kLanes);
}

void forward(float* logits, float* activations, const std::uint8_t* tiles, std::size_t n, const float* packed) {
    auto* const all = reinterpret_cast<Lanes*>(activations);
    const int groups = groups_of(n);
    for (int group = 0; group < groups; ++group) {
        Lanes* a = all + group * static_cast<std::ptrdiff_t>(kActivations);
        const std::size_t i = static_cast<std::size_t>(group) * kLanes;
        convolutions<true>(a + kActivation<kS4>, a + kActivation<kC3>, a + kActivation<kS2>, a + kActivation<kC1>, a,
                           tiles + i * kTileBytes, n - i, packed);
    }
    for (int group = 0; group < groups; group += kDenseGroups) {
        Lanes* a = all + group * static_cast<std::ptrdiff_t>(kActivations);
        Lanes* output = a + kActivation<kOutput>;
        if (groups - group >= kDenseGroups)
            dense_layers<kDenseGroups>(output, a + kActivation<kF6>, a + kActivation<kC5>, a + kActivation<kS4>,
                                       kActivations, packed);
        else
            dense_layers<1>(output, a + kActivation<kF6>, a + kActivation<kC5>, a + kActivation<kS4>, kActivations,
                            packed);
        for (int g = group; g < groups && g < group + kDenseGroups; ++g) {
            const std::size_t i = static_cast<std::size_t>(g) * kLanes;
            store_logits(logits + i * kClasses,
                         all + g * static_cast<std::ptrdiff_t>(kActivations) + kActivation<kOutput>, n - i);
        }
    }
}

// d loss / d logit takes the place of the logits; lanes beyond n get zero, so they add nothing to any gradient.
void load_dlogits(Lanes* output, const float* dlogits, std::size_t n) {
    for (int lane = 0; lane < kLanes; ++lane)
        for (int digit = 0; digit < kClasses; ++digit)
            output[digit][lane] = static_cast<std::size_t>(lane) < n ? dlogits[lane * kClasses + digit] : 0.0f;
}

// A dense layer for all groups: its gradient, then d loss / d z of the layer before in place of that one's output.
template <int kLayer>
void dense_layer_backward(float* gradient, Lanes* all, int groups, const float* parameters) {
    Lanes* in = all + kActivation<kLayer - 1>;
    const Lanes* dz = all + kActivation<kLayer>;
    dense_gradient<kLayer>(gradient, dz, in, kActivations, groups);
    int group = 0;
    for (; group + kDenseGroups <= groups; group += kDenseGroups) {
        const std::ptrdiff_t at = group * static_cast<std::ptrdiff_t>(kActivations);
        dense_backward<kLayer, kDenseGroups>(in + at, parameters, dz + at, kActivations);
    }
    for (; group < groups; ++group) {
        const std::ptrdiff_t at = group * static_cast<std::ptrdiff_t>(kActivations);
        dense_backward<kLayer, 1>(in + at, parameters, dz + at, kActivations);
    }
}

// The gradients of the convolutions while the groups of a batch pass by: one sum per lane; and one row of d loss / d z
// of C1, which is consumed row by row and never stored whole.
struct ConvolutionGradients {
    Lanes c1[kLayers[kC1].weights()], c1_biases[kLayers[kC1].out.c];
    Lanes c3[kLayers[kC3].weights()], c3_biases[kLayers[kC3].out.c];
    Lanes c1_row[kLayers[kC1].out.c * kLayers[kC1].out.w];
};

void convolutions_backward(ConvolutionGradients& sums, Lanes* a, const float* parameters) {
    constexpr Layer kFirst = kLayers[kC1], kSecond = kLayers[kC3];

    Lanes* dz3 = a + kActivation<kC3>;  // in place of tanh(z)
    for (int c = 0; c < kSecond.out.c; ++c)
        for (int y = 0; y < kSecond.out.h; ++y)
            sums.c3_biases[c] +=
                unpool_row<kC3>(dz3 + (c * kSecond.out.h + y) * kSecond.out.w, a + kActivation<kS4>, dz3, c, y);
    correlate<kC3, kSecond.out.h>(sums.c3, dz3, a + kActivation<kS2>);
    backpropagate<kC3>(a + kActivation<kS2>, parameters + kOffset<kC3>, dz3);

    for (int y = 0; y < kFirst.out.h; ++y) {
        for (int c = 0; c < kFirst.out.c; ++c)
            sums.c1_biases[c] +=
                unpool_row<kC1>(sums.c1_row + c * kFirst.out.w, a + kActivation<kS2>, a + kActivation<kC1>, c, y);
        correlate<kC1, 1>(sums.c1, sums.c1_row, a + y * kFirst.in.w);
    }
}

template <int kCount>
void add_sums(float* gradient, const Lanes (&sums)[kCount]) {
    for (int i = 0; i < kCount; ++i) gradient[i] += sum(sums[i]);
}

void backward(float* gradient, float* activations, const float* dlogits, std::size_t n, const float* parameters,
              float* memory) {
    auto* const all = reinterpret_cast<Lanes*>(activations);
    auto& sums = *reinterpret_cast<ConvolutionGradients*>(memory);
    const int groups = groups_of(n);
    for (int group = 0; group < groups; ++group) {
        const std::size_t i = static_cast<std::size_t>(group) * kLanes;
        load_dlogits(all + group * static_cast<std::ptrdiff_t>(kActivations) + kActivation<kOutput>,
                     dlogits + i * kClasses, n - i);
    }
    dense_layer_backward<kOutput>(gradient, all, groups, parameters);
    dense_layer_backward<kF6>(gradient, all, groups, parameters);
    dense_layer_backward<kC5>(gradient, all, groups, parameters);
    __builtin_memset(&sums, 0, sizeof sums);
    for (int group = 0; group < groups; ++group)
        convolutions_backward(sums, all + group * static_cast<std::ptrdiff_t>(kActivations), parameters);
    add_sums(gradient + kOffset<kC1>, sums.c1);
    add_sums(gradient + kBiasOffset<kC1>, sums.c1_biases);
    add_sums(gradient + kOffset<kC3>, sums.c3);
    add_sums(gradient + kBiasOffset<kC3>, sums.c3_biases);
}

}  // namespace

extern const Kernels kKernels;
const Kernels kKernels{
    .isa = kIsaName,
    .fused_multiply_add = kFusedMultiplyAdd,
    .lanes = kLanes,
    .classify_workspace = sizeof(Workspace) / sizeof(float),
    .backward_workspace = sizeof(ConvolutionGradients) / sizeof(float),
    .pack = pack,
    .classify = classify,
    .forward = forward,
    .backward = backward,
};

}  // namespace chiffre::cpu::CHIFFRE_ISA
