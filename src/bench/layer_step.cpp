// layer_step.cpp -- what layer_step.h promises.
#include "bench/layer_step.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "cpu/layers.h"
#include "error.h"
#include "tile.h"

namespace chiffre::bench {

int Step::parameters() const {
    return kind == Kind::convolution || kind == Kind::dense ? kLayers[layer].parameters() : 0;
}

double Step::bytes(std::int64_t n) const {
    return sizeof(float) * (static_cast<double>(n) * (inputs + outputs) + parameters());
}

double Step::flop(std::int64_t n) const {
    const auto images = static_cast<double>(n);
    switch (kind) {
        case Kind::convolution:
        case Kind::dense:
            return 2.0 * images * kLayers[layer].multiply_adds();
        case Kind::pool:
            return 4.0 * images * outputs;  // three additions, one multiplication
        case Kind::tile:
            return 2.0 * images * outputs;
        default:
            return 0;
    }
}

Shape Step::shape() const {
    return kind == Kind::tile ? kLayers[layer].in : kLayers[layer].out;
}

std::vector<Step> network_steps() {
    using Kind = Step::Kind;
    std::vector<Step> steps{{"tile", Kind::tile, 0, kTileBytes / int{sizeof(float)}, kTileBytes}};
    for (int l = 0; l < static_cast<int>(kLayers.size()); ++l) {
        const Layer& layer = kLayers[l];
        const std::string name(layer.name);
        const Kind kind = layer.kind == LayerKind::convolution    ? Kind::convolution
                          : layer.kind == LayerKind::mean_pooling ? Kind::pool
                                                                  : Kind::dense;
        steps.push_back({name, kind, l, layer.in.size(), layer.out.size()});
        if (layer.tanh) steps.push_back({name + " tanh", Kind::tanh, l, layer.out.size(), layer.out.size()});
    }
    steps.push_back({"softmax", Kind::softmax, kOutput, kClasses, kClasses});
    return steps;
}

void run_on_cpu(const Step& step, float* y, const float* x, std::span<const float> parameters, std::int64_t n) {
    const Layer& layer = kLayers[step.layer];
    const float *weights = &parameters[weight_offset(step.layer)], *bias = weights + layer.weights();
    switch (step.kind) {
        case Step::Kind::tile:
            return cpu::tile_forward(y, reinterpret_cast<const std::uint8_t*>(x), n);
        case Step::Kind::convolution:
            return cpu::convolution_forward(y, x, weights, bias, n, layer);
        case Step::Kind::pool:
            return cpu::pool_forward(y, x, n, layer);
        case Step::Kind::dense:
            return cpu::dense_forward(y, x, weights, bias, n, layer);
        case Step::Kind::tanh:
            return cpu::tanh_forward(y, x, n * step.outputs);
        case Step::Kind::softmax:
            return cpu::softmax_forward(y, x, n, step.outputs);
    }
}

void check_values(const std::string& who, std::span<const float> expected, std::span<const float> found,
                  double tolerance) {
    if (expected.size() != found.size())
        throw Error(ErrorCode::bad_data, who + ": expected " + std::to_string(expected.size()) + " values, found " +
                                             std::to_string(found.size()));
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double e = expected[i], f = found[i];
        if (!(std::abs(f - e) <= tolerance * std::max(1.0, std::abs(e))))  // nor may it be not a number
            throw Error(ErrorCode::bad_data, who + ": expected " + std::to_string(e) + " at " + std::to_string(i) +
                                                 ", found " + std::to_string(f));
    }
}

std::vector<float> random_values(std::size_t count, std::uint32_t seed) {
    std::mt19937 generator(seed);
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(static_cast<double>(generator()) / 2147483648.0 - 1);
    return values;
}

}  // namespace chiffre::bench
