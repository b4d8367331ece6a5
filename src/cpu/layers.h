// layers.h -- LeNet-5's layers as plain loops: the definition of each, which the kernels of kernels/layers.h (where
// they bear the same names) are compared with, and the CPU's side of `bench layers`. The engine does not use them:
// cpu/kernels.h.
//
// Values are float, stored (n, c, h, w), n the number of images; shapes are those of `layer`. One core, no allocation.
#pragma once

#include <cstdint>

#include "lenet5.h"

namespace chiffre::cpu {

// x(n, 1, 32, 32) = what the network sees of tiles(n, 32, 32): b * kInputScale + kInputBias.
void tile_forward(float* x, const std::uint8_t* tiles, std::int64_t n);

// y(n, oc, h-k+1, w-k+1) = bias(oc) + the correlation of x(n, c, h, w) with weights(oc, c, k, k); no tanh.
void convolution_forward(float* y, const float* x, const float* weights, const float* bias, std::int64_t n,
                         const Layer& layer);

// y(n, c, h, w) = mean of each 2x2 window of x(n, c, 2h, 2w).
void pool_forward(float* y, const float* x, std::int64_t n, const Layer& layer);

// y(n, out) = x(n, in) W^T + bias, weights(out, in).
void dense_forward(float* y, const float* x, const float* weights, const float* bias, std::int64_t n,
                   const Layer& layer);

// y(i) = tanh(x(i)), i < count. y may be x.
void tanh_forward(float* y, const float* x, std::int64_t count);

// p(n, classes) = softmax of each row of logits(n, classes): exp(z - max) / sum. p may be logits.
void softmax_forward(float* p, const float* logits, std::int64_t n, int classes);

}  // namespace chiffre::cpu
