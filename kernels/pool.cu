// pool.cu -- 2x2 mean pooling, one output value a thread. Nothing is read twice and there are four additions to 20
// bytes, so there is nothing to keep in shared memory: the memory bus is the limit.
#include <stdexcept>

#include "device.cuh"
#include "layers.h"
#include "occupancy.cuh"

namespace chiffre::cuda {

// The maps of the batch, one below the other, are one matrix of `rows` output rows of w columns.
static __global__ void pool_forward_kernel(float* __restrict__ y, const float* __restrict__ x, std::int64_t rows,
                                           int w) {
    const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
    const int column = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x);
    if (row >= rows || column >= w) return;
    const float2* pairs = reinterpret_cast<const float2*>(x + 4 * row * w) + column;
    const float2 upper = pairs[0], lower = pairs[w];
    y[row * w + column] = 0.25f * (upper.x + upper.y + lower.x + lower.y);
}

void pool_forward(float* y, const float* x, std::int64_t n, const Layer& layer, BlockShape block, CUstream_st* stream) {
    const Shape& out = layer.out;
    if (layer.in != Shape{out.c, 2 * out.h, 2 * out.w})
        throw std::invalid_argument("pool_forward: windows are not 2x2");
    if (n <= 0) return;
    const std::int64_t rows = n * out.c * out.h;
    const dim3 grid(static_cast<unsigned>(ceil_div<std::int64_t>(rows, block.y)),
                    static_cast<unsigned>(ceil_div(out.w, block.x)));
    pool_forward_kernel<<<grid, dim3(block.x, block.y), 0, stream>>>(y, x, rows, out.w);
    CUDA_CHECK(cudaGetLastError());
}

// As wide as the map: no thread is idle, and the block is one piece of memory.
BlockShape pool_block(const Layer& layer) {
    constexpr int kThreads = 256;
    const int columns = layer.out.w < kThreads ? layer.out.w : kThreads;
    return {columns, kThreads / columns};
}

Occupancy pool_occupancy(const Layer&, BlockShape block) {
    return occupancy(pool_forward_kernel, block.x * block.y, 0);
}

}  // namespace chiffre::cuda
