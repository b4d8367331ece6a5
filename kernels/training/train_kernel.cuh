// train_kernel.cuh -- many steps of training in one launch, whatever the precision.
//
// The grid has one block of 512 threads a multiprocessor and stays for all steps. In the first half of a step a block
// takes rounds of images through the network and back, all in its shared memory; in the second half it owns some
// parameters, adds up their gradients over the batch (dense_gradient.h) and updates them. The grid meets after each
// half, twice a step. Every sum has a fixed order, so that a run gives the same bits again on the same kind of GPU.
//
// Passes, the precision, is a class with
//   Round                                     what stands in shared memory
//   kImages                                   of a round
//   kGradientOfSum                            rounds give the gradient of the sum over the batch, not of its mean
//   begin(block, round)                       once a launch
//   stage(block, round, run)                  once a step
//   take(block, round, run, loss, ...)        a round, there and back
//   scratch(round)                            kTaskScratch floats that may be overwritten between steps
//   put(run, i, value)                        copies of parameter i that the passes read
#pragma once

#include <cooperative_groups.h>

#include "dense_gradient.h"
#include "device.cuh"
#include "round_loss.h"
#include "train_kernels.h"
#include "train_variants.h"

namespace chiffre::cuda {

inline constexpr int kThreads = kTaskThreads;

struct ThreadBlock {
    // The compiler must not know that it is the same in every step: it would work out all phases' addresses beforehand
    // and have no registers left to keep them in.
    static __device__ __forceinline__ int thread() {
        int index = static_cast<int>(threadIdx.x);
        asm volatile("" : "+r"(index));
        return index;
    }
    template <typename F>
    __device__ __forceinline__ void each(int n, const F& f) const {
        for (int i = thread(); i < n; i += kThreads) f(i);
        __syncthreads();
    }
    template <typename F>
    __device__ __forceinline__ void warps(const F& f) const {
        f(thread() / 32, kThreads / 32);
        __syncthreads();
    }
};

template <int kLayer>
__device__ constexpr bool is_bias_of(int parameter) {
    return parameter >= bias_offset(kLayer) && parameter < bias_offset(kLayer) + kLayers[kLayer].biases();
}
__device__ constexpr bool is_bias(int parameter) {
    return is_bias_of<kC1>(parameter) || is_bias_of<kC3>(parameter) || is_bias_of<kC5>(parameter) ||
           is_bias_of<kF6>(parameter) || is_bias_of<kOutput>(parameter);
}

// Updates parameter i.
template <typename Passes>
__device__ void take_gradient(const TrainingRun& run, training::StepConstants step, int i, float gradient) {
    if (is_bias(i)) step.decay = 0;
    update_parameter(run.rule, step, gradient, run.weights.parameters[i], run.mean[i], run.square[i], run.average[i]);
    Passes::put(run, i, run.weights.parameters[i]);
}

// Takes a gradient to its parameter.
template <typename Passes>
struct Update {
    const TrainingRun& run;
    const training::StepConstants& constants;
    float scale;  // of the gradient

    __device__ void operator()(int i, float gradient) const {
        gradient *= scale;
        if (run.gradient)
            run.gradient[i] = gradient;
        else
            take_gradient<Passes>(run, constants, i, gradient);
    }
};

// Loss and wrong images of a batch, by one block.
inline __device__ void sum_losses(const ThreadBlock& block, const DenseRecord* records, int batch, float* scratch,
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

template <typename T>
__device__ T& in_shared_memory() {
    extern __shared__ float4 shared[];
    return *reinterpret_cast<T*>(shared);
}

template <typename Passes>
static __global__ void __launch_bounds__(kThreads, 1) train_kernel(const __grid_constant__ TrainingRun run) {
    auto& round = in_shared_memory<typename Passes::Round>();
    const ThreadBlock block;
    const auto grid = cooperative_groups::this_grid();
    const int me = static_cast<int>(blockIdx.x), blocks = static_cast<int>(gridDim.x);
    Passes::begin(block, round);

    for (int step = 0; step < run.steps; ++step) {
        const std::int64_t first = static_cast<std::int64_t>(step) * run.batch;
        const int batch = static_cast<int>(min(static_cast<std::int64_t>(run.batch), run.samples - first));
        const int rounds = ceil_div(batch, Passes::kImages);
        const float share = 1.0f / static_cast<float>(run.whole_batch > 0 ? run.whole_batch : batch);
        RoundLoss loss = run.loss;
        loss.scale = Passes::kGradientOfSum ? 1.0f : share;

        if (me < rounds) {
            Passes::stage(block, round, run);
            block.each(kConvolutionParameters, [&](int i) { round.gradient[i] = 0; });
            for (int r = me; r < rounds; r += blocks) {
                const int image = r * Passes::kImages, count = min(Passes::kImages, batch - image);
                Passes::take(block, round, run, loss, first + image, count, run.records + image);
            }
            block.each(kConvolutionParameters,
                       [&](int i) { run.parts[me * kConvolutionParameters + i] = round.gradient[i]; });
        }
        grid.sync();

        float* scratch = Passes::scratch(round);
        const Update<Passes> update{run, run.constants[step], Passes::kGradientOfSum ? share : 1.0f};
        for (int task = me; task < kGradientTasks; task += blocks)
            gradient_task(block, task, run.records, batch, run.parts, min(blocks, rounds), scratch, update);
        if (me == blocks - 1) sum_losses(block, run.records, batch, scratch, run.sums + step);
        grid.sync();
    }
}

// With a gradient that stands in memory: the sum over several GPUs.
template <typename Passes>
static __global__ void update_kernel(const __grid_constant__ TrainingRun run) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < kParameters) take_gradient<Passes>(run, *run.constants, i, run.gradient[i]);
}

// The losses of a round, of either precision.
template <typename Block, typename AnyRound>
__device__ void take_losses(const Block& block, AnyRound& round, const TrainingRun& run, const RoundLoss& loss,
                            std::int64_t sample, int images, int count) {
    block.each(images, [&](int i) {
        cross_entropy(round, loss, run.teachers && i < count ? run.teachers + (sample + i) * (kClasses + 1) : nullptr,
                      i);
    });
}

template <typename Passes>
TrainVariant train_variant() {
    return {Passes::kImages, sizeof(typename Passes::Round), reinterpret_cast<const void*>(train_kernel<Passes>),
            reinterpret_cast<const void*>(update_kernel<Passes>)};
}

}  // namespace chiffre::cuda
