// step_end.cuh -- how a step ends, whoever made its gradients: parameters move, losses are added up.
#pragma once

#include "dense_gradient.h"
#include "train_kernels.h"

namespace chiffre::cuda {

// A block of kTaskThreads threads.
struct ThreadBlock {
    template <typename F>
    __device__ __forceinline__ void each(int n, const F& f) const {
        for (int i = static_cast<int>(threadIdx.x); i < n; i += kTaskThreads) f(i);
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

// Takes a gradient to its parameter.
struct Update {
    const TrainingRun& run;
    const training::StepConstants& constants;

    __device__ void operator()(int i, float gradient) const {
        if (run.gradient) {
            run.gradient[i] = gradient;
            return;
        }
        training::StepConstants step = constants;
        if (is_bias(i)) step.decay = 0;
        update_parameter(run.rule, step, gradient, run.weights.parameters[i], run.mean[i], run.square[i],
                         run.average[i]);
        constexpr int kC5First = weight_offset(kC5), kF6First = weight_offset(kF6);
        const float value = run.weights.parameters[i];
        if (i >= kC5First && i < bias_offset(kC5))
            run.weights.c5_by_input[(i - kC5First) % kC5In * kC5Out + (i - kC5First) / kC5In] = value;
        if (i >= kF6First && i < bias_offset(kF6))
            run.weights.f6_by_input[(i - kF6First) % kC5Out * kF6Out + (i - kF6First) / kC5Out] = value;
    }
};

// Loss and wrong images of a batch, by one block.
__device__ inline void sum_losses(const ThreadBlock& block, const DenseRecord* records, int batch, float* scratch,
                                  LossSum* sum) {
    auto* losses = reinterpret_cast<double*>(scratch);
    auto* wrong = reinterpret_cast<int*>(losses + kTaskThreads);
    block.each(kTaskThreads, [&](int thread) {
        double loss = 0;
        int mistakes = 0;
        for (int image = thread; image < batch; image += kTaskThreads) {
            loss += records[image].loss;
            mistakes += records[image].wrong;
        }
        losses[thread] = loss;
        wrong[thread] = mistakes;
    });
    block.each(1, [&](int) {
        LossSum all;
        for (int i = 0; i < min(kTaskThreads, batch); ++i) {
            all.loss += losses[i];
            all.wrong += wrong[i];
        }
        *sum = all;
    });
}

}  // namespace chiffre::cuda
