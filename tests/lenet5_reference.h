// lenet5_reference.h -- LeNet-5 in float64, written straight from the definition of each layer, to compare engines
// with; and weights and tiles by a formula that reference/make_pytorch_reference.py computes too.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "lenet5.h"
#include "tile.h"

namespace chiffre::reference {

inline std::uint32_t hash32(std::uint32_t i) {
    std::uint32_t h = i * 2654435761u;
    h ^= h >> 15;
    h *= 2246822519u;
    return h ^ (h >> 13);
}

// Uniform in +-2 / sqrt(fan in) for weights, in +-0.5 for biases.
inline std::vector<float> made_parameters() {
    std::vector<float> values(kParameters);
    for (int l = 0; l < static_cast<int>(kLayers.size()); ++l)
        for (int i = 0; i < kLayers[l].parameters(); ++i) {
            const double bound = i < kLayers[l].weights() ? 2 / std::sqrt(kLayers[l].weights_per_output()) : 0.5;
            const auto index = static_cast<std::uint32_t>(weight_offset(l) + i);
            values[index] = static_cast<float>((hash32(index) / 2147483648.0 - 1) * bound);
        }
    return values;
}

inline std::vector<Tile> made_tiles(std::size_t n) {
    std::vector<Tile> tiles(n);
    std::uint32_t index = 1'000'000;
    for (Tile& tile : tiles)
        for (std::uint8_t& pixel : tile.ink) pixel = static_cast<std::uint8_t>(hash32(index++) >> 24);
    return tiles;
}

using Map = std::vector<double>;

inline Map input_map(const Tile& tile) {
    Map map;
    for (const std::uint8_t pixel : tile.ink)
        map.push_back(pixel * static_cast<double>(kInputScale) + static_cast<double>(kInputBias));
    return map;
}

inline Map convolve(const Layer& layer, const Map& in, std::span<const double> w, std::span<const double> b) {
    Map out(layer.out.size());
    for (int o = 0; o < layer.out.c; ++o)
        for (int y = 0; y < layer.out.h; ++y)
            for (int x = 0; x < layer.out.w; ++x) {
                double z = b[o];
                for (int c = 0; c < layer.in.c; ++c)
                    for (int ky = 0; ky < layer.k; ++ky)
                        for (int kx = 0; kx < layer.k; ++kx)
                            z += w[((o * layer.in.c + c) * layer.k + ky) * layer.k + kx] *
                                 in[(c * layer.in.h + y + ky) * layer.in.w + x + kx];
                out[(o * layer.out.h + y) * layer.out.w + x] = std::tanh(z);
            }
    return out;
}

inline Map pool(const Layer& layer, const Map& in) {
    Map out(layer.out.size());
    for (int c = 0; c < layer.out.c; ++c)
        for (int y = 0; y < layer.out.h; ++y)
            for (int x = 0; x < layer.out.w; ++x) {
                const double* corner = &in[(c * layer.in.h + 2 * y) * layer.in.w + 2 * x];
                out[(c * layer.out.h + y) * layer.out.w + x] =
                    (corner[0] + corner[1] + corner[layer.in.w] + corner[layer.in.w + 1]) / 4;
            }
    return out;
}

inline Map dense(const Layer& layer, const Map& in, std::span<const double> w, std::span<const double> b) {
    Map out(layer.out.size());
    for (int o = 0; o < layer.out.c; ++o) {
        double z = b[o];
        for (int i = 0; i < layer.in.size(); ++i) z += w[o * layer.in.size() + i] * in[i];
        out[o] = layer.tanh ? std::tanh(z) : z;
    }
    return out;
}

// The output of every layer for one tile; the last are the logits.
inline std::vector<Map> forward(std::span<const double> parameters, const Tile& tile) {
    std::vector<Map> maps;
    Map in = input_map(tile);
    for (int l = 0; l < static_cast<int>(kLayers.size()); ++l) {
        const Layer& layer = kLayers[l];
        const auto w = parameters.subspan(weight_offset(l), layer.weights());
        const auto b = parameters.subspan(bias_offset(l), layer.biases());
        in = layer.kind == LayerKind::convolution    ? convolve(layer, in, w, b)
             : layer.kind == LayerKind::mean_pooling ? pool(layer, in)
                                                     : dense(layer, in, w, b);
        maps.push_back(in);
    }
    return maps;
}

}  // namespace chiffre::reference
