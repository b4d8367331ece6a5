// gpu.h -- what the laboratory needs to know of a GPU, and its clock. Plain C++: programs include it without CUDA.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

struct CUstream_st;

namespace chiffre::cuda {

struct GpuFacts {
    std::string name;
    std::string driver;  // "580.95.05"; empty where its management library is not there to ask
    int capability_major = 0, capability_minor = 0;
    int multiprocessors = 0;
    int cuda_of_driver = 0, cuda_of_build = 0;  // 13000: CUDA 13.0
    std::size_t memory_bytes = 0, free_bytes = 0;
};

// Makes the GPU the current one of this thread. Returns why it cannot be used, "cuda:0: expected ..., found ...";
// empty where it can.
std::string use_gpu(int index);

// Of the current GPU. Throws CudaError, a std::runtime_error.
GpuFacts gpu_facts();

// Runs `work` so many times in a stream of its own, one after the other, and returns the seconds between the first's
// start and the last's end, by the GPU's clock. `work` only launches. Throws CudaError.
double seconds_on_gpu(int times, const std::function<void(CUstream_st*)>& work);

}  // namespace chiffre::cuda
