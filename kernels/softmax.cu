// softmax.cu -- softmax of each row. Half a warp takes a row: ten classes would leave two thirds of a whole one idle.
// The largest logit is taken off first, so that no exponential overflows and the sum is at least 1.
#include <cmath>

#include "device.cuh"
#include "layers.h"

namespace chiffre::cuda {

static constexpr int kThreads = 256;
static constexpr int kLanes = 16;  // of a row
static constexpr unsigned kWarp = 0xffffffffu;

static __global__ void softmax_forward_kernel(float* p, const float* logits, std::int64_t n, int classes) {
    const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * (kThreads / kLanes) + threadIdx.x / kLanes;
    const int lane = threadIdx.x % kLanes;
    const std::int64_t first = row * classes;
    if (row >= n) classes = 0;  // lanes without a row stay for the shuffles

    float largest = -INFINITY;
    for (int c = lane; c < classes; c += kLanes) largest = fmaxf(largest, logits[first + c]);
#pragma unroll
    for (int step = kLanes / 2; step > 0; step /= 2) largest = fmaxf(largest, __shfl_xor_sync(kWarp, largest, step));

    float sum = 0;
    for (int c = lane; c < classes; c += kLanes) sum += expf(logits[first + c] - largest);
#pragma unroll
    for (int step = kLanes / 2; step > 0; step /= 2) sum += __shfl_xor_sync(kWarp, sum, step);

    for (int c = lane; c < classes; c += kLanes) p[first + c] = expf(logits[first + c] - largest) / sum;
}

void softmax_forward(float* p, const float* logits, std::int64_t n, int classes, CUstream_st* stream) {
    if (n <= 0) return;
    const auto blocks = static_cast<unsigned>(ceil_div<std::int64_t>(n, kThreads / kLanes));
    softmax_forward_kernel<<<blocks, kThreads, 0, stream>>>(p, logits, n, classes);
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace chiffre::cuda
