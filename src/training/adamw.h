// adamw.h -- AdamW, its schedule and the moving average of the weights.
// Source: Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lenet5.h"
#include "recipe.h"

namespace chiffre::training {

// What the optimizer carries from step to step; all of it goes into a checkpoint.
struct OptimizerState {
    std::int64_t step = 0;
    std::vector<float> parameters = std::vector<float>(kParameters);
    std::vector<float> mean = std::vector<float>(kParameters);     // of the gradient
    std::vector<float> square = std::vector<float>(kParameters);   // of the gradient's square
    std::vector<float> average = std::vector<float>(kParameters);  // of the parameters
};

// Uniform weights of variance 1 / fan-in and zero biases: keeps the tanh in its steep part (LeCun et al. 1998,
// "Efficient BackProp", section 4.6).
OptimizerState initial_state(std::uint64_t seed);

// Linear warm-up to 1, then half a cosine down to 0 at `steps`; times learning_rate.
double learning_rate(const Schedule& schedule, std::int64_t step, std::int64_t steps, std::int64_t steps_per_epoch);

// One step with the mean gradient of a batch.
void adamw_step(OptimizerState& state, std::span<const float> gradient, double rate, const Schedule& schedule);

// The weights to keep: the moving average where there is one.
const std::vector<float>& best_estimate(const OptimizerState& state, const Schedule& schedule);

}  // namespace chiffre::training
