// layer_step.h -- the network as the steps that run layer by layer: each layer of kLayers and each tanh by itself, the
// tile's conversion before and the softmax behind. What `bench layers` and `bench blocks` go through.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lenet5.h"

namespace chiffre::bench {

struct Step {
    enum class Kind { tile, convolution, pool, dense, tanh, softmax };

    std::string name;  // "c1", "c1 tanh", ...
    Kind kind;
    int layer;            // in kLayers: the one that it is or belongs to
    int inputs, outputs;  // floats an image; a tile's 1,024 bytes count as 256 floats

    int parameters() const;  // floats
    // What one batch costs at least: every input and parameter read once, every output written once.
    double bytes(std::int64_t n) const;
    // Of a batch, a multiply-add being two; 0 where the function does not say (tanh, softmax).
    double flop(std::int64_t n) const;
    // The shape of the output, for people.
    Shape shape() const;
};

std::vector<Step> network_steps();

// y(n, outputs) from x(n, inputs) by the plain loops of cpu/layers.h. `parameters`: all of lenet5.h's memory map.
void run_on_cpu(const Step& step, float* y, const float* x, std::span<const float> parameters, std::int64_t n);

// Throws Error(bad_data), naming `who`, where values differ by more than the tolerance, relative where above 1.
void check_values(const std::string& who, std::span<const float> expected, std::span<const float> found,
                  double tolerance);

// Summing in another order, and another tanh, explain no more.
inline constexpr double kRounding = 1e-5;

// Uniform in [-1, 1].
std::vector<float> random_values(std::size_t count, std::uint32_t seed);

}  // namespace chiffre::bench
