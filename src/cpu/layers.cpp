// layers.cpp -- the definitions, written to be read; loops are nested so that the innermost runs over neighbours in
// memory, which is all that is done for speed.
#include "layers.h"

#include <algorithm>
#include <cmath>

namespace chiffre::cpu {
namespace {

// y(h, w) += the correlation of x(in.h, in.w) with kernel(k, k).
void correlate(float* y, const float* x, const float* kernel, const Layer& layer) {
    for (int row = 0; row < layer.out.h; ++row)
        for (int ky = 0; ky < layer.k; ++ky)
            for (int kx = 0; kx < layer.k; ++kx) {
                const float weight = kernel[ky * layer.k + kx];
                const float* seen = x + (row + ky) * layer.in.w + kx;
                for (int column = 0; column < layer.out.w; ++column)
                    y[row * layer.out.w + column] += weight * seen[column];
            }
}

}  // namespace

void tile_forward(float* x, const std::uint8_t* tiles, std::int64_t n) {
    const std::int64_t count = n * kLayers.front().in.size();
    for (std::int64_t i = 0; i < count; ++i) x[i] = static_cast<float>(tiles[i]) * kInputScale + kInputBias;
}

void convolution_forward(float* y, const float* x, const float* weights, const float* bias, std::int64_t n,
                         const Layer& layer) {
    const int map = layer.out.h * layer.out.w, in_map = layer.in.h * layer.in.w;
    for (std::int64_t image = 0; image < n; ++image, x += layer.in.size())
        for (int o = 0; o < layer.out.c; ++o, y += map) {
            std::fill_n(y, map, bias[o]);
            for (int c = 0; c < layer.in.c; ++c)
                correlate(y, x + c * in_map, weights + (o * layer.in.c + c) * layer.k * layer.k, layer);
        }
}

void pool_forward(float* y, const float* x, std::int64_t n, const Layer& layer) {
    const int w = layer.out.w;
    // The maps of the batch, one below the other, are one matrix.
    for (std::int64_t row = 0; row < n * layer.out.c * layer.out.h; ++row, y += w, x += 4 * w) {
        const float *upper = x, *lower = x + 2 * w;
        for (int i = 0; i < w; ++i) y[i] = 0.25f * (upper[2 * i] + upper[2 * i + 1] + lower[2 * i] + lower[2 * i + 1]);
    }
}

void dense_forward(float* y, const float* x, const float* weights, const float* bias, std::int64_t n,
                   const Layer& layer) {
    const int in = layer.in.size(), out = layer.out.size();
    for (std::int64_t image = 0; image < n; ++image, x += in, y += out)
        for (int o = 0; o < out; ++o) {
            float sum = bias[o];
            for (int i = 0; i < in; ++i) sum += weights[o * in + i] * x[i];
            y[o] = sum;
        }
}

void tanh_forward(float* y, const float* x, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) y[i] = std::tanh(x[i]);
}

void softmax_forward(float* p, const float* logits, std::int64_t n, int classes) {
    for (std::int64_t image = 0; image < n; ++image, p += classes, logits += classes) {
        const float largest = *std::max_element(logits, logits + classes);
        float sum = 0;
        for (int c = 0; c < classes; ++c) sum += p[c] = std::exp(logits[c] - largest);
        for (int c = 0; c < classes; ++c) p[c] /= sum;
    }
}

}  // namespace chiffre::cpu
