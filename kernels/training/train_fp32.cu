// train_fp32.cu -- one launch takes many steps of training, in fp32.
//
// Mapping. The grid has one block of 512 threads a multiprocessor and stays for all steps. In the first half of a step
// a block takes rounds of four images through the network and back, all in its shared memory (forward_round.h,
// backward_round.h); in the second half it owns some parameters, adds up their gradients over the batch
// (dense_gradient.h) and updates them. The grid meets after each half, twice a step: at 132 multiprocessors and a batch
// of 512, a round a block.
//
// Counting. An image is 1.13 million multiply-adds there and back, 8,800 cycles of a multiprocessor's 128 units; a
// round of four 35,000 cycles. The dense layers' 236 KB of weights come twice a round from the second-level cache, some
// 9,000 cycles if nothing else is done meanwhile. A batch of 512 leaves 1.7 MB for the second half, which reads it 13
// times.
//
// Every sum has a fixed order, so that a run gives the same bits again on the same kind of GPU.
#include <cooperative_groups.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "backward_round.h"
#include "dense_gradient.h"
#include "device.cuh"
#include "forward_round.h"
#include "round_loss.h"
#include "train_kernels.h"
#include "update.h"

namespace chiffre::cuda {

static constexpr int kThreads = kTaskThreads;

namespace {

struct ThreadBlock {
    template <typename F>
    __device__ __forceinline__ void each(int n, const F& f) const {
        for (int i = static_cast<int>(threadIdx.x); i < n; i += kThreads) f(i);
        __syncthreads();
    }
};

// Takes a gradient to its parameter.
struct Update {
    const TrainingRun& run;
    const training::StepConstants& constants;

    __device__ void operator()(int i, float gradient) const {
        if (run.gradient) {
            run.gradient[i] = gradient;
            return;
        }
        take_gradient(run, constants, i, gradient);
    }
};

// Loss and wrong images of a batch, by one block.
__device__ void sum_losses(const ThreadBlock& block, const DenseRecord* records, int batch, float* scratch,
                           LossSum* sum) {
    auto* losses = reinterpret_cast<double*>(scratch);
    auto* wrong = reinterpret_cast<int*>(losses + kThreads);
    block.each(kThreads, [&](int thread) {
        double loss = 0;
        int mistakes = 0;
        for (int image = thread; image < batch; image += kThreads) {
            loss += records[image].loss;
            mistakes += records[image].wrong;
        }
        losses[thread] = loss;
        wrong[thread] = mistakes;
    });
    block.each(1, [&](int) {
        LossSum all;
        for (int i = 0; i < min(kThreads, batch); ++i) {
            all.loss += losses[i];
            all.wrong += wrong[i];
        }
        *sum = all;
    });
}

template <int kImages>
__device__ Round<kImages>& round_in_shared_memory() {
    extern __shared__ float4 shared[];
    static_assert(sizeof(Round<kImages>) >= sizeof(float) * kTaskScratch, "the second half's scratch lies there too");
    return *reinterpret_cast<Round<kImages>*>(shared);
}

}  // namespace

template <int kImages>
static __global__ void __launch_bounds__(kThreads, 1) train_fp32_kernel(const __grid_constant__ TrainingRun run) {
    Round<kImages>& round = round_in_shared_memory<kImages>();
    const ThreadBlock block;
    const auto grid = cooperative_groups::this_grid();
    const int me = static_cast<int>(blockIdx.x), blocks = static_cast<int>(gridDim.x);

    for (int step = 0; step < run.steps; ++step) {
        const std::int64_t first = static_cast<std::int64_t>(step) * run.batch;
        const int batch = static_cast<int>(min(static_cast<std::int64_t>(run.batch), run.samples - first));
        const int rounds = ceil_div(batch, kImages);
        RoundLoss loss = run.loss;
        loss.scale = 1.0f / static_cast<float>(run.whole_batch > 0 ? run.whole_batch : batch);

        if (me < rounds) {
            stage_convolutions(block, round, run.weights.parameters);
            block.each(kConvolutionParameters, [&](int i) { round.gradient[i] = 0; });
            for (int r = me; r < rounds; r += blocks) {
                const int image = r * kImages, count = min(kImages, batch - image);
                const std::int64_t sample = first + image;
                forward(block, round, run.weights, run.tiles + sample * kTileBytes, run.labels + sample, count);
                block.each(kImages, [&](int i) {
                    cross_entropy(round, loss,
                                  run.teachers && i < count ? run.teachers + (sample + i) * (kClasses + 1) : nullptr,
                                  i);
                });
                backward(block, round, run.weights);
                write_records(block, round, run.records + image, count);
            }
            block.each(kConvolutionParameters,
                       [&](int i) { run.parts[me * kConvolutionParameters + i] = round.gradient[i]; });
        }
        grid.sync();

        auto* scratch = reinterpret_cast<float*>(&round);
        for (int task = me; task < kGradientTasks; task += blocks)
            gradient_task(block, task, run.records, batch, run.parts, min(blocks, rounds), scratch,
                          Update{run, run.constants[step]});
        if (me == blocks - 1) sum_losses(block, run.records, batch, scratch, run.sums + step);
        grid.sync();
    }
}

template <int kImages>
static __global__ void __launch_bounds__(kThreads, 1) evaluate_fp32_kernel(const __grid_constant__ EvaluationRun run) {
    Round<kImages>& round = round_in_shared_memory<kImages>();
    const ThreadBlock block;
    stage_convolutions(block, round, run.weights.parameters);
    LossSum sum;
    const std::int64_t rounds = ceil_div<std::int64_t>(run.samples, kImages);
    for (std::int64_t r = blockIdx.x; r < rounds; r += gridDim.x) {
        const std::int64_t first = r * kImages;
        const int count = static_cast<int>(min(static_cast<std::int64_t>(kImages), run.samples - first));
        forward(block, round, run.weights, run.tiles + first * kTileBytes, run.labels + first, count);
        block.each(kImages, [&](int i) { cross_entropy(round, run.loss, nullptr, i); });
        for (int i = 0; i < count; ++i) {
            sum.loss += round.loss[i];
            sum.wrong += round.wrong[i];
        }
    }
    if (threadIdx.x == 0) run.sums[blockIdx.x] = sum;
}

static __global__ void transpose_dense_kernel(TrainedWeights weights) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < kLayers[kC5].weights())
        weights.c5_by_input[i % kC5In * kC5Out + i / kC5In] = weights.parameters[weight_offset(kC5) + i];
    if (i < kLayers[kF6].weights())
        weights.f6_by_input[i % kC5Out * kF6Out + i / kC5Out] = weights.parameters[weight_offset(kF6) + i];
}

namespace {

using TrainKernel = decltype(&train_fp32_kernel<1>);
using EvaluateKernel = decltype(&evaluate_fp32_kernel<1>);
struct Instance {
    int images;
    std::size_t shared_bytes;
    TrainKernel train;
    EvaluateKernel evaluate;
};
template <int kImages>
constexpr Instance kInstance{kImages, sizeof(Round<kImages>), train_fp32_kernel<kImages>,
                             evaluate_fp32_kernel<kImages>};
constexpr Instance kInstances[] = {kInstance<4>, kInstance<2>, kInstance<1>};

const Instance& instance(const TrainingGrid& grid) {
    return *std::find_if(std::begin(kInstances), std::end(kInstances),
                         [&](const Instance& instance) { return instance.images == grid.images; });
}

}  // namespace

TrainingGrid training_grid() {
    int device = 0, allowed = 0, multiprocessors = 0;
    CUDA_CHECK(cudaGetDevice(&device));
    CUDA_CHECK(cudaDeviceGetAttribute(&allowed, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
    CUDA_CHECK(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
    for (const Instance& instance : kInstances) {
        if (instance.shared_bytes > static_cast<std::size_t>(allowed)) continue;
        for (const void* kernel :
             {reinterpret_cast<const void*>(instance.train), reinterpret_cast<const void*>(instance.evaluate)})
            CUDA_CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                            static_cast<int>(instance.shared_bytes)));
        return {instance.images, multiprocessors};
    }
    throw std::runtime_error("expected a GPU with " + std::to_string(kInstances[2].shared_bytes) +
                             " bytes of shared memory a block, found " + std::to_string(allowed));
}

void launch_training(const TrainingRun& run, const TrainingGrid& grid, CUstream_st* stream) {
    if (run.steps == 0) return;
    const Instance& it = instance(grid);
    TrainingRun argument = run;
    void* arguments[] = {&argument};
    CUDA_CHECK(cudaLaunchCooperativeKernel(reinterpret_cast<const void*>(it.train), dim3(grid.blocks), dim3(kThreads),
                                           arguments, it.shared_bytes, stream));
}

void launch_evaluation(const EvaluationRun& run, const TrainingGrid& grid, CUstream_st* stream) {
    const Instance& it = instance(grid);
    it.evaluate<<<grid.blocks, kThreads, it.shared_bytes, stream>>>(run);
    CUDA_CHECK(cudaGetLastError());
}

void launch_transposition(const TrainedWeights& weights, CUstream_st* stream) {
    constexpr int kBlock = 256;
    transpose_dense_kernel<<<ceil_div(kLayers[kC5].weights(), kBlock), kBlock, 0, stream>>>(weights);
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace chiffre::cuda
