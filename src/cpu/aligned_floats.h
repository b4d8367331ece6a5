// aligned_floats.h -- memory for registers of floats: aligned, not initialized.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

#include "kernels.h"

namespace chiffre::cpu {

struct DeleteAligned {
    void operator()(float* floats) const { ::operator delete[](floats, std::align_val_t{kAlignment}); }
};
using AlignedFloats = std::unique_ptr<float[], DeleteAligned>;

inline AlignedFloats aligned_floats(std::size_t count) {
    return AlignedFloats(new (std::align_val_t{kAlignment}) float[count]);
}

}  // namespace chiffre::cpu
