// simple_values.h -- the network with numbers that can be checked by hand: a ramp goes in, weights are 0 and 1, and
// what each layer must give is a formula. All of them are whole numbers that a float holds exactly, so nothing may
// differ.
#pragma once

#include <string>
#include <vector>

#include "bench/layer_step.h"

namespace chiffre::bench {

std::vector<float> simple_parameters();

// One image through one step.
struct SimpleStep {
    Step step;
    std::vector<float> x, expected;
    std::string formula;  // of `expected`; m: map, x: column, o: output
    double tolerance;     // 0 where the numbers are whole
};

// In the order of the network. Each layer's x is what the layer before must give. tanh is left out between them, so
// that numbers stay whole: it, and the conversion of the tile, have inputs of their own.
std::vector<SimpleStep> simple_steps();

// "c1: 6 x 28 x 28" and the maps, or the values of a dense layer, one below the other.
std::string matrices(const std::string& title, Shape shape, std::span<const float> values);

}  // namespace chiffre::bench
