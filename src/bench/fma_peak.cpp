// fma_peak.cpp -- compiled once per instruction set, like the kernels, with the same flags.
#include "fma_peak.h"

#include "cpu/lanes.h"

namespace chiffre::cpu::CHIFFRE_ISA {

static double run(long rounds) {
    constexpr int kChains = 12;  // enough for a latency of 4 cycles and 2 units, few enough for 16 registers
    Lanes chains[kChains];
    for (int i = 0; i < kChains; ++i) chains[i] = static_cast<float>(i) - Lanes{};
    const float kFactor = 0.999f, kTerm = 0.001f;  // towards 1: no overflow, no denormals
    for (long round = 0; round < rounds; ++round)
#pragma GCC unroll 16
        for (int i = 0; i < kChains; ++i) chains[i] = chains[i] * kFactor + kTerm;
    Lanes total{};
    for (const Lanes& chain : chains) total += chain;
    volatile float keep = sum(total);
    static_cast<void>(keep);
    return 2.0 * kLanes * kChains * static_cast<double>(rounds);
}

extern const PeakLoop kPeakLoop;
const PeakLoop kPeakLoop{kIsaName, run};

}  // namespace chiffre::cpu::CHIFFRE_ISA
