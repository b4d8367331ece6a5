// gpu.h -- whether this run measures a GPU, and which. Builds without CUDA have it too: there is none.
#pragma once

#include <string>

#include "engine.h"

namespace chiffre::bench {

inline constexpr int kNoGpu = -1;

struct GpuChoice {
    int index = kNoGpu;
    std::string why_not;  // where there is none: "expected ..., found ..."
};

// The GPU that `device` asks for, made the current one of this thread; none for the CPU alone.
// Throws Error(no_device) where one is asked for by name and cannot be used.
GpuChoice choose_gpu(const Device& device);

}  // namespace chiffre::bench
