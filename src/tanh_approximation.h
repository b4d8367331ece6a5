// tanh_approximation.h -- tanh(x) = x P(x^2) / Q(x^2), minimax for the absolute error on [0, kTanhLimit]. The CPU
// engine and the fp32 CUDA kernel evaluate it by the same operations, so that their results differ in nothing but the
// CPU's instruction set.
#pragma once

namespace chiffre {

// Beyond it tanh is 1 to 2.8e-7. At this limit the quotient rounds to 1 exactly, and so never leaves [-1, 1].
inline constexpr float kTanhLimit = 7.9f;

// Fitted to 1.7e-7; with rounding the largest absolute error over all of [-12, 12] is below 6e-7 for every instruction
// set (tests/cpu_engine_test.cpp). Degrees 9/6 are the least that stay below 1e-6: 7/6 has 1.7e-6.
inline constexpr float kTanhP[] = {0.9999991655349731f, 0.12708720564842224f, 0.002693537622690201f,
                                   7.1507929533254355e-06f, -6.140225217166062e-09f};
inline constexpr float kTanhQ[] = {1.0f, 0.4604174494743347f, 0.022836022078990936f, 0.00019645580323413014f};

}  // namespace chiffre
