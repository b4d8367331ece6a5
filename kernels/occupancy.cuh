// occupancy.cuh -- how many threads of a kernel the current device's multiprocessors hold at a time.
#pragma once

#include "device.cuh"
#include "layers.h"

namespace chiffre::cuda {

// `shared_bytes`: of dynamic shared memory, as the launch asks for; what is over 48 KB must have been allowed already.
template <typename Kernel>
Occupancy occupancy(Kernel* kernel, int threads, std::size_t shared_bytes) {
    int device = 0, limit = 0, blocks = 0;
    CUDA_CHECK(cudaGetDevice(&device));
    CUDA_CHECK(cudaDeviceGetAttribute(&limit, cudaDevAttrMaxThreadsPerMultiProcessor, device));
    CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, shared_bytes));
    return {blocks * threads, limit};
}

}  // namespace chiffre::cuda
