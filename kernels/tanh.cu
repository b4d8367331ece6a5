// tanh.cu -- tanh of every value. A thread reads its values before it writes any: the loads are then under way
// together, and y may be x. They lie a block apart, so that neighbours read neighbouring addresses of any alignment.
#include "device.cuh"
#include "layers.h"

namespace chiffre::cuda {

static constexpr int kThreads = 256;
static constexpr int kPerThread = 4;  // 16 bytes of each thread under way fill the memory bus

static __global__ void tanh_forward_kernel(float* y, const float* x, std::int64_t count) {
    const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * (kThreads * kPerThread) + threadIdx.x;
    float value[kPerThread];
#pragma unroll
    for (int i = 0; i < kPerThread; ++i)
        if (first + i * kThreads < count) value[i] = x[first + i * kThreads];
#pragma unroll
    for (int i = 0; i < kPerThread; ++i)
        if (first + i * kThreads < count) y[first + i * kThreads] = tanhf(value[i]);
}

void tanh_forward(float* y, const float* x, std::int64_t count, CUstream_st* stream) {
    if (count <= 0) return;
    const auto blocks = static_cast<unsigned>(ceil_div<std::int64_t>(count, kThreads * kPerThread));
    tanh_forward_kernel<<<blocks, kThreads, 0, stream>>>(y, x, count);
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace chiffre::cuda
