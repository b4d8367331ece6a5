// update_rule.h -- what one step does to one parameter: AdamW, Nadam and SGD with momentum are the same few operations
// with other constants, so that the CPU's loop and a GPU's kernel run one text. A compiler that contracts a * b + c, as
// nvcc does unless told otherwise, rounds some of them otherwise.
#pragma once

#include <cmath>

#include "host_device.h"

namespace chiffre::training {

enum class UpdateRule {
    adaptive,  // the mean gradient is divided by the root of the mean squared gradient (AdamW, Nadam)
    plain      // it is not (SGD with momentum); the mean square is not kept
};

// Of one step, the same for all parameters but for `decay`; optimizer.h computes them.
struct StepConstants {
    float mean_decay, mean_gain;  // mean = mean_decay * mean + mean_gain * gradient
    float gradient_share;         // the move is along mean + gradient_share * gradient; 0 but for Nadam
    float mean_rate;              // learning rate over the bias correction of the mean
    float square_scale;           // 1 / bias correction of the square
    float decay;                  // learning rate times weight decay; biases have 0
    float average_share;          // of the parameter in its moving average; 0: none is kept
};

// The defaults of Adam's paper. They were not tuned, so they are no part of a recipe.
inline constexpr double kMeanDecay = 0.9;
inline constexpr double kSquareDecay = 0.999;
inline constexpr float kEpsilon = 1e-8f;

CHIFFRE_HOST_DEVICE inline void update_parameter(UpdateRule rule, const StepConstants& step, float gradient,
                                                 float& parameter, float& mean, float& square, float& average) {
    constexpr auto kSquare = static_cast<float>(kSquareDecay);
    mean = step.mean_decay * mean + step.mean_gain * gradient;
    float move = mean + step.gradient_share * gradient;
    if (rule == UpdateRule::adaptive) {
        square = kSquare * square + (1 - kSquare) * gradient * gradient;
        move = move / (std::sqrt(square * step.square_scale) + kEpsilon);
    }
    parameter -= step.mean_rate * move + step.decay * parameter;
    average += step.average_share * (parameter - average);
}

}  // namespace chiffre::training
