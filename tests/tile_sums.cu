// tile_sums.cu -- what tile_sums.cuh promises. One thread per score: it need not be quick.
#include "device.cuh"
#include "lenet5.h"
#include "tile.h"
#include "tile_sums.cuh"

namespace chiffre::cuda {

static __global__ void tile_sums_kernel(float* scores, const std::uint8_t* tiles, std::int64_t n) {
    const std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (i >= n * kClasses) return;
    const std::uint8_t* tile = tiles + i / kClasses * kTileBytes;
    int sum = static_cast<int>(i % kClasses) * 1'000'000;
    for (int pixel = 0; pixel < kTileBytes; ++pixel) sum += tile[pixel];
    scores[i] = static_cast<float>(sum);
}

void tile_sums(const ForwardBatch& batch, CUstream_st* stream) {
    constexpr int kThreads = 256;
    const auto blocks = static_cast<unsigned>(ceil_div<std::int64_t>(batch.n * kClasses, kThreads));
    tile_sums_kernel<<<blocks, kThreads, 0, stream>>>(batch.scores, batch.tiles, batch.n);
    CUDA_CHECK(cudaGetLastError());
}

static __global__ void trap_kernel() {
    __trap();
}

void trap(CUstream_st* stream) {
    trap_kernel<<<1, 1, 0, stream>>>();
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace chiffre::cuda
