// round.h -- a round: kImages images that one block takes through the network and back at once, and the shared memory
// that they stand in. All activations of a round stay there; only what the dense layers' gradients need leaves it.
//
// Passes (forward_round.h, backward_round.h) are written over a Block, which has one function: each(n, f) runs f(0) ..
// f(n - 1) and returns when all are done. On the GPU the threads of a block share them and a barrier follows; a test
// runs the same passes on the CPU with a loop.
#pragma once

#include <cstdint>

#include "host_device.h"
#include "lenet5.h"
#include "tanh_approximation.h"
#include "tile.h"

// Loops that the GPU's compiler is to unroll, and others that it is to leave alone.
#ifdef __CUDA_ARCH__
#define CHIFFRE_PRAGMA(text) _Pragma(#text)
#define CHIFFRE_UNROLL CHIFFRE_PRAGMA(unroll)
#define CHIFFRE_UNROLL_BY(times) CHIFFRE_PRAGMA(unroll times)
#else
#define CHIFFRE_UNROLL
#define CHIFFRE_UNROLL_BY(times)
#endif

namespace chiffre::cuda {

// Values that are read and written in one piece.
template <int kCount>
struct alignas(kCount % 4 == 0   ? 16
               : kCount % 2 == 0 ? 8
                                 : 4) Values {
    float of[kCount];
};

inline constexpr int kTaps = kLayers[kC1].k * kLayers[kC1].k;
inline constexpr int kKernelSide = kLayers[kC1].k;
inline constexpr int kC1Maps = kLayers[kC1].out.c, kC1Side = kLayers[kC1].out.w, kC1Pixels = kC1Side * kC1Side;
inline constexpr int kS2Side = kLayers[kS2].out.w, kS2Pixels = kS2Side * kS2Side;
inline constexpr int kC3Maps = kLayers[kC3].out.c, kC3Side = kLayers[kC3].out.w, kC3Pixels = kC3Side * kC3Side;
inline constexpr int kS4Side = kLayers[kS4].out.w;
inline constexpr int kC5In = kLayers[kC5].in.size(), kC5Out = kLayers[kC5].out.c, kF6Out = kLayers[kF6].out.c;
static_assert(kC1Side == 28 && kC3Side == 10 && kC1Maps == 6 && kC3Maps == 16 && kLayers[kC3].k == kKernelSide);

// Convolutions' weights and biases, first in the memory map of lenet5.h.
inline constexpr int kConvolutionParameters = kLayers[kC1].parameters() + kLayers[kC3].parameters();
static_assert(weight_offset(kC5) == kConvolutionParameters);

// Distances in shared memory, in floats, such that threads that read side by side read from different banks: rows of
// the tile (the backward pass of C1 reads several at once), rows of C1 (the same, in pairs, 8 bytes each), pixels of C3
// (neighbouring pixels, 16 bytes each) and the weights of C3 from one map.
inline constexpr int kTilePitch = kTileSide + 1;
inline constexpr int kC1Pitch = kC1Side * kC1Maps + 2;
inline constexpr int kC3Stride = kC3Maps + 4;
inline constexpr int kW3Plane = kTaps * kC3Maps + 4;

inline constexpr int kRecordClasses = (kClasses + 3) / 4 * 4;  // in pieces of 16 bytes

// What the gradients of the dense layers need of an image, in global memory. Parts are aligned to 16 bytes.
struct alignas(16) DenseRecord {
    float s4[kC5In], c5[kC5Out], f6[kF6Out];
    float dc5[kC5Out], df6[kF6Out];  // d loss / d what the layer adds up, before tanh
    float doutput[kRecordClasses];   // kClasses, then zeros
    float loss;
    int wrong;  // 1: the most probable class is not the label
    float unused[2];
};
static_assert(sizeof(DenseRecord) % 16 == 0);

// The dense layers' weights also transposed, (in, out), so that neighbouring threads read neighbouring weights in the
// forward pass too. Global memory.
struct TrainedWeights {
    float* parameters;  // kParameters, in the memory map of lenet5.h
    float* c5_by_input;
    float* f6_by_input;
};

// Where one sum of several threads is put together. dC3's weights and biases need most: a part from each image.
template <int kImages>
inline constexpr int kScratch = kImages*(kC3Maps* kC1Maps* kTaps + kC3Maps);

template <int kImages>
struct alignas(16) Round {
    using OfImages = Values<kImages>;

    float w1[kTaps][kC1Maps], b1[kC1Maps];                 // C1 by (tap, map)
    alignas(16) float w3[kC1Maps][kW3Plane], b3[kC3Maps];  // C3 by (map of S2, tap, map)
    alignas(16) float x[kImages][kTileSide * kTilePitch];
    alignas(16) float c1[kImages][kC1Side * kC1Pitch];  // (row, column, map), after tanh; on the way back dc1
    alignas(16) float s2[kImages][kC1Maps][kS2Pixels];
    alignas(16) float c3[kImages][kC3Pixels][kC3Stride];  // (pixel, map), as c1
    OfImages s4[kC5In], c5[kC5Out], f6[kF6Out], output[kClasses];
    OfImages dc5[kC5Out], df6[kF6Out], doutput[kClasses];
    alignas(16) float scratch[kScratch<kImages>];
    float gradient[kConvolutionParameters];  // sum over the rounds of a step
    int labels[kImages];                     // kEmpty: no image
    float loss[kImages];
    int wrong[kImages];
};

inline constexpr int kEmpty = -1;

CHIFFRE_HOST_DEVICE constexpr int min_of(int a, int b) {
    return a < b ? a : b;
}

// tanh(x) = x P(x^2) / Q(x^2) as everywhere, with the GPU's quick quotient: its error, 2 units in the last place, is
// far below that of the gradient of a batch.
CHIFFRE_HOST_DEVICE inline float training_tanh(float x) {
    constexpr float kP0 = kTanhP[0], kP1 = kTanhP[1], kP2 = kTanhP[2], kP3 = kTanhP[3], kP4 = kTanhP[4];
    constexpr float kQ0 = kTanhQ[0], kQ1 = kTanhQ[1], kQ2 = kTanhQ[2], kQ3 = kTanhQ[3];
    x = x > kTanhLimit ? kTanhLimit : x < -kTanhLimit ? -kTanhLimit : x;
    const float s = x * x;
    const float p = x * ((((kP4 * s + kP3) * s + kP2) * s + kP1) * s + kP0);
    const float q = ((kQ3 * s + kQ2) * s + kQ1) * s + kQ0;
#ifdef __CUDA_ARCH__
    return __fdividef(p, q);
#else
    return p / q;
#endif
}

// What the network sees of four pixels side by side, from pixel `first` of an image on; paper where there is no image.
CHIFFRE_HOST_DEVICE inline Values<4> load_inputs(const std::uint8_t* tiles, int image, int count, int first) {
    struct alignas(4) Bytes {
        std::uint8_t of[4];
    };
    Bytes ink{};
    if (image < count) ink = *reinterpret_cast<const Bytes*>(tiles + image * kTileBytes + first);
    Values<4> x;
    for (int i = 0; i < 4; ++i) x.of[i] = static_cast<float>(ink.of[i]) * kInputScale + kInputBias;
    return x;
}

}  // namespace chiffre::cuda
