// simple_values.cpp -- the numbers, and how they come about.
#include "bench/simple_values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>

#include "tile.h"

namespace chiffre::bench {
namespace {

constexpr double kNearly = 1e-6;  // where exponentials or fractions are rounded

// Values of a shape by formula: map, column.
std::vector<float> filled(Shape shape, const std::function<double(int m, int x)>& formula) {
    std::vector<float> values;
    for (int m = 0; m < shape.c; ++m)
        for (int row = 0; row < shape.h; ++row)
            for (int x = 0; x < shape.w; ++x) values.push_back(static_cast<float>(formula(m, x)));
    return values;
}

// Ink 0, 51, ..., 255, 0, ... from left to right; the bytes as 256 floats.
std::vector<float> striped_tile() {
    Tile tile;
    for (int i = 0; i < kTileBytes; ++i) tile.ink[i] = static_cast<std::uint8_t>(51 * (i % kTileSide % 6));
    std::vector<float> floats(kTileBytes / sizeof(float));
    std::memcpy(floats.data(), tile.ink.data(), kTileBytes);
    return floats;
}

}  // namespace

std::vector<float> simple_parameters() {
    std::vector<float> values(kParameters);
    const auto weight = [&](int layer, int o, int i) -> float& {
        return values[weight_offset(layer) + o * kLayers[layer].weights_per_output() + i];
    };
    const auto bias = [&](int layer, int o) -> float& { return values[bias_offset(layer) + o]; };

    for (const int layer : {kC1, kC3})  // sums of all that they see
        for (int m = 0; m < kLayers[layer].out.c; ++m) {
            for (int i = 0; i < kLayers[layer].weights_per_output(); ++i) weight(layer, m, i) = 1;
            bias(layer, m) = static_cast<float>(m);
        }
    for (int o = 0; o < 120; ++o) {  // sums of one map of S4 each
        for (int i = 0; i < 25; ++i) weight(kC5, o, 25 * (o % 16) + i) = 1;
        bias(kC5, o) = static_cast<float>(o);
    }
    for (int o = 0; o < 84; ++o) weight(kF6, o, o) = 1, bias(kF6, o) = -1'462'500;
    for (int d = 0; d < kClasses; ++d) weight(kOutput, d, d) = 1, bias(kOutput, d) = static_cast<float>(-25 * d);
    return values;
}

std::vector<SimpleStep> simple_steps() {
    struct Rule {
        const char *step, *formula;
        std::function<double(int m, int x)> expected;  // of a dense layer m is the output
        double tolerance = 0;
        std::vector<float> x = {};  // empty: what the layer before must give
    };
    constexpr double kTanh1 = 0.76159416;
    const auto cycle = [](std::array<double, 5> values) { return [=](int, int x) { return values[x % 5]; }; };
    const Rule rules[] = {
        {"tile", "51 (x mod 6) / 200 - 0.1", [](int, int x) { return 51 * (x % 6) / 200.0 - 0.1; }, kNearly,
         striped_tile()},
        // 25 values of the ramp: five columns from x on have the mean x + 2.
        {"c1", "25 (x + 2) + m", [](int m, int x) { return 25 * (x + 2) + m; }, 0,
         filled(kLayers[kC1].in, [](int, int x) { return x; })},
        // Two columns from 2 x on have the mean 2 x + 1/2.
        {"s2", "50 x + 62.5 + m", [](int m, int x) { return 50 * x + 62.5 + m; }},
        // 25 values of six maps: 150 (50 (x + 2) + 62.5) + 25 (0 + 1 + ... + 5).
        {"c3", "7500 x + 24750 + m", [](int m, int x) { return 7500 * x + 24750 + m; }},
        {"s4", "15000 x + 28500 + m", [](int m, int x) { return 15000 * x + 28500 + m; }},
        // Five rows of map o mod 16: 5 (15000 (0 + 1 + ... + 4) + 5 * 28500) + 25 (o mod 16).
        {"c5", "1462500 + 25 (o mod 16) + o", [](int o, int) { return 1'462'500 + 25 * (o % 16) + o; }},
        {"f6", "25 (o mod 16) + o", [](int o, int) { return 25 * (o % 16) + o; }},
        {"output", "o", [](int o, int) { return o; }},
        // Each is e times the one before, and together they are 1.
        {"softmax", "e^(o-9) (1 - 1/e) / (1 - 1/e^10)",
         [](int o, int) { return std::exp(o - 9.0) * (1 - std::exp(-1.0)) / (1 - std::exp(-10.0)); }, kNearly},
        {"c1 tanh", "tanh of -20, -1, 0, 1, 20, ...", cycle({-1, -kTanh1, 0, kTanh1, 1}), kNearly,
         filled(kLayers[kC1].out, cycle({-20, -1, 0, 1, 20}))},
    };
    const std::vector<Step> steps = network_steps();
    std::vector<SimpleStep> result;
    for (const Rule& rule : rules) {
        const auto step = std::find_if(steps.begin(), steps.end(), [&](const Step& s) { return s.name == rule.step; });
        result.push_back({*step, rule.x.empty() ? result.back().expected : rule.x, filled(step->shape(), rule.expected),
                          rule.formula, rule.tolerance});
    }
    return result;
}

std::string matrices(const std::string& title, Shape shape, std::span<const float> values) {
    constexpr int kDenseColumns = 10;
    const bool is_dense = shape.h * shape.w == 1;
    const int columns = is_dense ? kDenseColumns : shape.w;
    std::string text = title + ": " + std::to_string(shape.c) + " x " + std::to_string(shape.h) + " x " +
                       std::to_string(shape.w) + "\n";
    for (int i = 0; i < shape.size(); ++i) {
        if (!is_dense && i % (shape.h * shape.w) == 0) text += "map " + std::to_string(i / (shape.h * shape.w)) + "\n";
        char number[32];
        std::snprintf(number, sizeof number, "%9.7g", values[i]);
        const bool ends_line = (i + 1) % columns == 0 || i + 1 == shape.size();
        text += std::string(number) + (ends_line ? "\n" : " ");
    }
    return text;
}

}  // namespace chiffre::bench
