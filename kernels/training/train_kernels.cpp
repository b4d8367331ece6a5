// train_kernels.cpp -- which kernel a device can run, and how it is launched.
#include "train_kernels.h"

#include <algorithm>
#include <string>

#include "dense_gradient.h"
#include "device.cuh"
#include "error.h"
#include "gpus.h"

namespace chiffre::cuda {
namespace {

TrainVariant fitting(const TrainVariants& variants, std::size_t allowed, int device) {
    for (const TrainVariant& variant : variants) {
        if (variant.shared_bytes > allowed) continue;
        CUDA_CHECK(cudaFuncSetAttribute(variant.kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                        static_cast<int>(variant.shared_bytes)));
        return variant;
    }
    throw Error(ErrorCode::no_device,
                gpu_name(device) + ": expected a GPU with " + std::to_string(variants.back().shared_bytes) +
                    " bytes of shared memory a block to train on, found " + std::to_string(allowed));
}

}  // namespace

TrainingGrid training_grid(TrainingNumbers numbers, std::size_t most_shared_bytes) {
    int device = 0, allowed = 0, multiprocessors = 0;
    CUDA_CHECK(cudaGetDevice(&device));
    CUDA_CHECK(cudaDeviceGetAttribute(&allowed, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
    CUDA_CHECK(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
    const std::size_t bytes = std::min(static_cast<std::size_t>(allowed), most_shared_bytes);
    const TrainVariants training = numbers == TrainingNumbers::mixed ? mixed_training() : fp32_training();
    return {numbers, multiprocessors, fitting(training, bytes, device), fitting(evaluation(), bytes, device)};
}

void launch_training(const TrainingRun& run, const TrainingGrid& grid, CUstream_st* stream) {
    if (run.steps == 0) return;
    TrainingRun argument = run;
    void* arguments[] = {&argument};
    CUDA_CHECK(cudaLaunchCooperativeKernel(grid.train.kernel, dim3(grid.blocks), dim3(kTaskThreads), arguments,
                                           grid.train.shared_bytes, stream));
}

void launch_update(const TrainingRun& run, const TrainingGrid& grid, CUstream_st* stream) {
    constexpr int kBlock = 256;
    TrainingRun argument = run;
    void* arguments[] = {&argument};
    CUDA_CHECK(
        cudaLaunchKernel(grid.train.update, dim3(ceil_div(kParameters, kBlock)), dim3(kBlock), arguments, 0, stream));
}

void launch_evaluation(const EvaluationRun& run, const TrainingGrid& grid, CUstream_st* stream) {
    EvaluationRun argument = run;
    void* arguments[] = {&argument};
    CUDA_CHECK(cudaLaunchKernel(grid.evaluate.kernel, dim3(grid.blocks), dim3(kTaskThreads), arguments,
                                grid.evaluate.shared_bytes, stream));
}

}  // namespace chiffre::cuda
