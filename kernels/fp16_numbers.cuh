// fp16_numbers.cuh -- tanh to 16-bit fixed point. A preactivation comes times 2 log2(e), so that 2^x of it is e^2z and
// tanh z is 1 - 2 / (1 + e^2z).
#pragma once

#include <cstdint>

#include "fp16_weights.h"
#include "mma.cuh"

namespace chiffre::cuda::fp16 {

// 1 / (1 + 2^a) + 1 / (1 + 2^b) with one reciprocal. kWide: for any a and b; otherwise for less than 127.
template <bool kWide>
__device__ inline float logistic_pair(float a, float b) {
    const float x = exp2_approx(kWide ? fminf(a, 126) : a), y = exp2_approx(kWide ? fminf(b, 126) : b);
    const float sum = x + y;
    // Beyond 2^128 the product is infinite and its reciprocal 0, which is what is left of the pair.
    return (sum + 2) * reciprocal_approx(fmaf(x, y, sum + 1));
}

// A number in fixed point stands in the low 16 bits of a float's.
__device__ inline std::uint32_t fixed_bits(float one_and_a_half_2_23_plus) {
    return __float_as_uint(one_and_a_half_2_23_plus);
}

// The mean of four tanh: 1 - half of the four logistic terms.
template <bool kWide>
__device__ inline std::uint32_t fixed_mean_of_tanh(float a, float b, float c, float d) {
    const float terms = logistic_pair<kWide>(a, b) + logistic_pair<kWide>(c, d);
    return fixed_bits(fmaf(terms, -kOne / 2, kMagic + kZero + kOne));
}

__device__ inline std::uint32_t fixed_tanh(float a) {
    return fixed_bits(fmaf(reciprocal_approx(1 + exp2_approx(a)), -2 * kOne, kMagic + kZero + kOne));
}

// The high bytes of two such numbers, and their low ones, the first's first, as 16 bits.
__device__ inline std::uint16_t high_bytes(std::uint32_t first, std::uint32_t second) {
    return static_cast<std::uint16_t>(__byte_perm(first, second, 0x51));
}
__device__ inline std::uint16_t low_bytes(std::uint32_t first, std::uint32_t second) {
    return static_cast<std::uint16_t>(__byte_perm(first, second, 0x40));
}

}  // namespace chiffre::cuda::fp16
