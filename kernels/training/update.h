// update.h -- what a step does to one parameter and to its copies.
#pragma once

#include "round.h"
#include "train_kernels.h"

namespace chiffre::cuda {

template <int kLayer>
CHIFFRE_HOST_DEVICE constexpr bool is_bias_of(int parameter) {
    return parameter >= bias_offset(kLayer) && parameter < bias_offset(kLayer) + kLayers[kLayer].biases();
}
CHIFFRE_HOST_DEVICE constexpr bool is_bias(int parameter) {
    return is_bias_of<kC1>(parameter) || is_bias_of<kC3>(parameter) || is_bias_of<kC5>(parameter) ||
           is_bias_of<kF6>(parameter) || is_bias_of<kOutput>(parameter);
}

// Parameter i of `run`, its optimizer's state and its place in the transposed weights.
CHIFFRE_HOST_DEVICE inline void take_gradient(const TrainingRun& run, training::StepConstants step, int i,
                                              float gradient) {
    if (is_bias(i)) step.decay = 0;
    update_parameter(run.rule, step, gradient, run.weights.parameters[i], run.mean[i], run.square[i], run.average[i]);
    constexpr int kC5First = weight_offset(kC5), kF6First = weight_offset(kF6);
    const float value = run.weights.parameters[i];
    if (i >= kC5First && i < bias_offset(kC5))
        run.weights.c5_by_input[(i - kC5First) % kC5In * kC5Out + (i - kC5First) / kC5In] = value;
    if (i >= kF6First && i < bias_offset(kF6))
        run.weights.f6_by_input[(i - kF6First) % kC5Out * kF6Out + (i - kF6First) / kC5Out] = value;
}

}  // namespace chiffre::cuda
