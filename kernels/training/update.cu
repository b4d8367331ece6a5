// update.cu -- the update of all parameters with a gradient that stands in memory: the sum over several GPUs.
#include "device.cuh"
#include "update.h"

namespace chiffre::cuda {

static __global__ void update_kernel(const __grid_constant__ TrainingRun run) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < kParameters) take_gradient(run, *run.constants, i, run.gradient[i]);
}

void launch_update(const TrainingRun& run, CUstream_st* stream) {
    constexpr int kThreads = 256;
    update_kernel<<<ceil_div(kParameters, kThreads), kThreads, 0, stream>>>(run);
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace chiffre::cuda
