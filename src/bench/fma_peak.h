// fma_peak.h -- the most multiply-adds that one core can do with an instruction set: the limit of every engine.
#pragma once

namespace chiffre::cpu {

struct PeakLoop {
    const char* isa;
    // Nothing but independent multiply-adds in registers; returns how many floating-point operations that were.
    double (*run)(long rounds);
};

namespace baseline {
extern const PeakLoop kPeakLoop;
}
#ifdef __x86_64__
namespace avx2 {
extern const PeakLoop kPeakLoop;
}
namespace avx512 {
extern const PeakLoop kPeakLoop;
}
#endif

}  // namespace chiffre::cpu
