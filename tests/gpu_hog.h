// gpu_hog.h -- somebody else who takes the memory of the GPU.
#pragma once

#include <cstddef>
#include <vector>

#include "device.cuh"

namespace chiffre::cuda {

// Takes device memory until no more than about `rest` bytes are left.
inline std::vector<DeviceMemory<std::byte>> hog(std::size_t rest) {
    constexpr std::size_t kLargest = std::size_t{1} << 36, kSmallest = std::size_t{1} << 16;
    std::vector<DeviceMemory<std::byte>> taken;
    for (std::size_t piece = kLargest; piece >= kSmallest;) {
        std::size_t free_bytes = 0, all_bytes = 0;
        CUDA_CHECK(cudaMemGetInfo(&free_bytes, &all_bytes));
        void* memory = nullptr;
        // Below the granularity of the driver's count of free memory only trying tells.
        const bool leaves_the_rest = rest == 0 || piece + rest <= free_bytes;
        if (leaves_the_rest && cudaMalloc(&memory, piece) == cudaSuccess) {
            taken.emplace_back(static_cast<std::byte*>(memory));
        } else {
            static_cast<void>(cudaGetLastError());
            piece /= 2;
        }
    }
    return taken;
}

}  // namespace chiffre::cuda
