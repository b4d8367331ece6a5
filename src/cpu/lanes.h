// lanes.h -- one SIMD register of floats, one image per lane, by the compiler's vector extensions: arithmetic reads as
// scalar code does. CHIFFRE_LANES is set per instruction set by the build.
//
// Files that include this are compiled with instruction sets the machine may lack, so they must not instantiate inline
// functions of the standard library: the linker keeps one copy of those, and it could be the one that crashes.
#pragma once

#include <cstdint>

namespace chiffre::cpu {
namespace {

constexpr int kLanes = CHIFFRE_LANES;
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float)), may_alias));
typedef std::int32_t LaneInts __attribute__((vector_size(kLanes * sizeof(std::int32_t)), may_alias));

inline Lanes splat(float value) {
    return value - Lanes{};
}

inline Lanes clamp(Lanes x, float low, float high) {
    const Lanes a = x < splat(low) ? splat(low) : x;
    return a > splat(high) ? splat(high) : a;
}

// tanh by a rational function of degree 9 over 6, fitted to the least maximal error on [-8, 8] (weighted least squares
// iterated after Lawson). Measured over all of [-9, 9] in float: off by 5.0e-7 at most, |y| <= 1.
inline Lanes tanh(Lanes x) {
    const Lanes c = clamp(x, -8.0f, 8.0f), u = c * c;
    const Lanes p = (((-6.020055391e-09f * u + 7.083491366e-06f) * u + 2.684501512e-03f) * u + 1.269978825e-01f) * u +
                    9.999990651e-01f;
    const Lanes q = ((1.952998425e-04f * u + 2.279741814e-02f) * u + 4.603278101e-01f) * u + 1.0f;
    return c * p / q;
}

inline float sum(Lanes x) {
    float total = 0;
    for (int i = 0; i < kLanes; ++i) total += x[i];
    return total;
}

inline const Lanes* as_lanes(const float* p) {
    return reinterpret_cast<const Lanes*>(p);
}
inline Lanes* as_lanes(float* p) {
    return reinterpret_cast<Lanes*>(p);
}

}  // namespace
}  // namespace chiffre::cpu
