// lanes.h -- one register of floats: lane i belongs to image i. Written with the compiler's vector extensions, so that
// the same source serves every instruction set; it is compiled once for each (src/CMakeLists.txt).
//
// Everything the kernels include lies in a namespace named after the instruction set, and no inline function of the
// standard library may be called: the linker keeps one copy of such a function for the whole program, and if that is
// the copy compiled for AVX-512, the program dies on a machine without it. tests/isa_symbols.cmake checks this.
#pragma once

#include <cstddef>
#include <cstdint>

#define CHIFFRE_QUOTE(name) #name
#define CHIFFRE_QUOTE_VALUE(macro) CHIFFRE_QUOTE(macro)

namespace chiffre::cpu::CHIFFRE_ISA {

// Of the instruction set that this is being compiled for.
inline constexpr const char* kIsaName = CHIFFRE_QUOTE_VALUE(CHIFFRE_ISA);

// Whether `sum += x * w` rounds once (-ffp-contract=fast; cmake/instruction_sets.cmake).
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
inline constexpr bool kFusedMultiplyAdd = true;
#else
inline constexpr bool kFusedMultiplyAdd = false;
#endif

#if defined(__AVX512F__)
inline constexpr int kLanes = 16;
inline constexpr int kRegisters = 32;
#elif defined(__AVX__)
inline constexpr int kLanes = 8;
inline constexpr int kRegisters = 16;
#elif defined(__aarch64__)
inline constexpr int kLanes = 4;
inline constexpr int kRegisters = 32;
#else
inline constexpr int kLanes = 4;
inline constexpr int kRegisters = 16;
#endif

// Registers that a block of sums may fill; the rest hold what is multiplied.
inline constexpr int kAccumulators = kRegisters == 32 ? 24 : 12;

template <int kCount>
struct VectorOf {
    using Float [[gnu::vector_size(kCount * sizeof(float))]] = float;
};
using Lanes = VectorOf<kLanes>::Float;

// The largest divisor of n that is at most `limit`: blocks that leave no remainder.
constexpr int largest_divisor(int n, int limit) {
    int divisor = limit < 1 ? 1 : limit < n ? limit : n;
    while (n % divisor != 0) --divisor;
    return divisor;
}

// Sum over the lanes, by halves: the order is fixed.
template <int kCount = kLanes>
inline float sum(typename VectorOf<kCount>::Float v) {
    if constexpr (kCount == 2) {
        return v[0] + v[1];
    } else {
        typename VectorOf<kCount / 2>::Float halves[2];
        __builtin_memcpy(halves, &v, sizeof halves);
        return sum<kCount / 2>(halves[0] + halves[1]);
    }
}

}  // namespace chiffre::cpu::CHIFFRE_ISA
