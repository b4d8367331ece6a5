// lenet5.h -- LeNet-5 as a table. Every shape, offset and name in the project derives from it; no second place states
// one. Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE
// 1998, section II-B, with plain mean pooling, C3 connected to all six maps, and a softmax output.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace chiffre {

enum class LayerKind { convolution, mean_pooling, dense };

// c channels of h rows of w columns, stored c-major, then rows: index = (c * h + y) * w + x.
struct Shape {
    int c = 0, h = 0, w = 0;
    constexpr int size() const { return c * h * w; }
    constexpr bool operator==(const Shape&) const = default;
};

struct Layer {
    std::string_view name;
    LayerKind kind;
    Shape in, out;
    int k;      // convolution: kernel side; pooling: window side; dense: 0
    bool tanh;  // y = tanh(z) follows; pooling and the last layer have none

    // Weights are stored (out channel, in channel, ky, kx) for a convolution, (out, in) for a dense layer, whose input
    // is flattened in (c, h, w) order.
    constexpr int weights_per_output() const {
        return kind == LayerKind::convolution ? in.c * k * k : kind == LayerKind::dense ? in.size() : 0;
    }
    constexpr int biases() const { return kind == LayerKind::mean_pooling ? 0 : out.c; }
    constexpr int weights() const { return biases() * weights_per_output(); }
    constexpr int parameters() const { return weights() + biases(); }
    // Multiply-adds of the layer for one image.
    constexpr int multiply_adds() const { return weights_per_output() * (biases() ? out.size() : 0); }
};

inline constexpr std::array<Layer, 7> kLayers{{
    {"c1", LayerKind::convolution, {1, 32, 32}, {6, 28, 28}, 5, true},
    {"s2", LayerKind::mean_pooling, {6, 28, 28}, {6, 14, 14}, 2, false},
    {"c3", LayerKind::convolution, {6, 14, 14}, {16, 10, 10}, 5, true},
    {"s4", LayerKind::mean_pooling, {16, 10, 10}, {16, 5, 5}, 2, false},
    {"c5", LayerKind::dense, {16, 5, 5}, {120, 1, 1}, 0, true},
    {"f6", LayerKind::dense, {120, 1, 1}, {84, 1, 1}, 0, true},
    {"output", LayerKind::dense, {84, 1, 1}, {10, 1, 1}, 0, false},
}};

// Positions in kLayers, for code that runs the layers in order.
enum : int { kC1, kS2, kC3, kS4, kC5, kF6, kOutput };

inline constexpr int kClasses = kLayers.back().out.size();

// The ten logits of one tile, index = digit. Softmax is left to whoever assembles the reading, because the temperature
// and the meaning of "no digit" belong to the weights (weights.h), not to the engine.
using Scores = std::array<float, kClasses>;

// The memory map of all parameters in one block: for each layer in order its weights, then its biases.
constexpr int weight_offset(int layer) {
    int offset = 0;
    for (int i = 0; i < layer; ++i) offset += kLayers[i].parameters();
    return offset;
}
constexpr int bias_offset(int layer) {
    return weight_offset(layer) + kLayers[layer].weights();
}

constexpr int total(int (Layer::*count)() const) {
    int sum = 0;
    for (const Layer& layer : kLayers) sum += (layer.*count)();
    return sum;
}
inline constexpr int kParameters = total(&Layer::parameters);
inline constexpr int kMultiplyAdds = total(&Layer::multiply_adds);  // per image

// A tile byte b enters C1 as b * kInputScale + kInputBias: paper -0.1, ink 1.175, so that mean and variance of MNIST
// are about 0 and 1 (LeCun et al. 1998, section III-A).
inline constexpr float kInputScale = 1.275f / 255.0f;
inline constexpr float kInputBias = -0.1f;

constexpr bool shapes_chain() {
    for (std::size_t i = 1; i < kLayers.size(); ++i)
        if (kLayers[i].in != kLayers[i - 1].out) return false;
    for (const Layer& layer : kLayers) {
        if (layer.kind == LayerKind::convolution &&
            (layer.out.h != layer.in.h - layer.k + 1 || layer.out.w != layer.in.w - layer.k + 1))
            return false;
        if (layer.kind == LayerKind::mean_pooling &&
            layer.out != Shape{layer.in.c, layer.in.h / layer.k, layer.in.w / layer.k})
            return false;
    }
    return true;
}
static_assert(shapes_chain());
static_assert(kLayers.front().in == Shape{1, 32, 32}, "the network reads tiles");
static_assert(kParameters == 61'706);
static_assert(kMultiplyAdds == 416'520);

}  // namespace chiffre
