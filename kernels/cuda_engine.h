// cuda_engine.h -- the engine on one GPU, behind engine.h, and what this machine's GPUs are. Plain C++: a build without
// nvcc answers the same questions from src/without_cuda.cpp.
#pragma once

#include <memory>
#include <string>

#include "engine.h"

namespace chiffre::cuda {

// The GPUs that the driver shows this process (it honours CUDA_VISIBLE_DEVICES).
struct Gpus {
    int count = 0;         // usable as index 0 to count - 1
    std::string why_none;  // "expected ..., found ...", where count is 0
    bool broken = false;   // count is 0 although something is installed that should have worked
};

// Starts the driver where there is one, which takes its time; takes no memory of any GPU.
Gpus find_gpus();

// Opens GPU `index`: context, weights, buffers, and one tile to see that it works. classify() leaves that GPU current
// in the calling thread, and throws Error(no_device) where the GPU fails; the engine is of no use from then on. Throws
// Error(no_device), which says what is missing: driver, GPU, memory, or machine code for this kind of GPU.
std::unique_ptr<Engine> open_engine(int index, const Weights& weights, Precision precision);

// "13.0, sm_90 compute_90": the run-time and the architectures compiled for; empty where this build has no CUDA engine.
std::string build();

}  // namespace chiffre::cuda
