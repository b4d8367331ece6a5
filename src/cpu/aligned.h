// aligned.h -- memory for SIMD registers: zeroed floats on a cache line's border.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

#include "kernels.h"

namespace chiffre::cpu {

struct AlignedDelete {
    void operator()(float* p) const { ::operator delete (p, std::align_val_t{kAlignment}); }
};
using AlignedFloats = std::unique_ptr<float[], AlignedDelete>;

inline AlignedFloats aligned_floats(std::size_t count) {
    auto* p = static_cast<float*>(::operator new (count * sizeof(float), std::align_val_t{kAlignment}));
    for (std::size_t i = 0; i < count; ++i) p[i] = 0;
    return AlignedFloats(p);
}

}  // namespace chiffre::cpu
