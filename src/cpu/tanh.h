// tanh.h -- tanh of a register of floats (tanh_approximation.h).
#pragma once

#include "../tanh_approximation.h"
#include "lanes.h"

namespace chiffre::cpu::CHIFFRE_ISA {

inline Lanes tanh(Lanes x) {
    const Lanes limit = kTanhLimit - Lanes{};
    x = x < limit ? x : limit;
    x = x > -limit ? x : -limit;
    const Lanes t = x * x;
    const Lanes p = (((kTanhP[4] * t + kTanhP[3]) * t + kTanhP[2]) * t + kTanhP[1]) * t + kTanhP[0];
    const Lanes q = ((kTanhQ[3] * t + kTanhQ[2]) * t + kTanhQ[1]) * t + kTanhQ[0];
    return x * p / q;
}

// d tanh(x) / dx, given y = tanh(x).
inline Lanes tanh_slope(Lanes y) {
    return 1.0f - y * y;
}

}  // namespace chiffre::cpu::CHIFFRE_ISA
