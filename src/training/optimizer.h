// optimizer.h -- the state of training, and the constants of a step: schedule, update rule, moving average of weights.
// Sources: Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019 (AdamW; the decay of all three is
// decoupled); Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016 (Nadam, with a constant momentum);
// Polyak, "Some methods of speeding up the convergence of iteration methods", 1964 (momentum).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lenet5.h"
#include "recipe.h"
#include "update_rule.h"

namespace chiffre::training {

// What the optimizer carries from step to step; all of it goes into a checkpoint.
struct OptimizerState {
    std::int64_t step = 0;  // taken
    std::vector<float> parameters = std::vector<float>(kParameters);
    std::vector<float> mean = std::vector<float>(kParameters);     // of the gradient; SGD: its momentum
    std::vector<float> square = std::vector<float>(kParameters);   // mean of the gradient's square; SGD: 0
    std::vector<float> average = std::vector<float>(kParameters);  // of the parameters
};

// Uniform weights of variance 1 / fan-in and zero biases: keeps the tanh in its steep part (LeCun et al. 1998,
// "Efficient BackProp", section 4.6).
OptimizerState initial_state(std::uint64_t seed);

// Of step `step` (counted from 0) of a run of `steps`. Shapes, as shares of Schedule::learning_rate:
// cosine: linear warm-up from 0 to 1, times half a cosine from 1 at the start to 0 at `steps`.
// one_cycle: linear from 1/25 to 1 over the warm-up, then half a cosine down to 0 at `steps` (Smith, "A disciplined
// approach to neural network hyper-parameters: part 1", 2018).
double learning_rate(const Schedule& schedule, std::int64_t step, std::int64_t steps, std::int64_t steps_per_epoch);

UpdateRule update_rule(const Schedule& schedule);

// Of step `step`, for weights; for biases `decay` is to be set to 0.
StepConstants step_constants(const Schedule& schedule, std::int64_t step, std::int64_t steps,
                             std::int64_t steps_per_epoch);

// One step with the mean gradient of a batch.
void take_step(OptimizerState& state, std::span<const float> gradient, UpdateRule rule, const StepConstants& step);

// The weights to keep: the moving average where there is one.
const std::vector<float>& best_estimate(const OptimizerState& state, const Schedule& schedule);

// `schedule` with another batch and what does with it what the old one did: SGD's learning rate grows with the batch
// (Goyal et al., "Accurate, large minibatch SGD", 2017), that of the adaptive rules with its square root (Malladi et
// al., "On the SDEs and scaling rules for adaptive gradient algorithms", NeurIPS 2022); the moving average spans as
// many samples (Busbridge et al., "How to scale your EMA", NeurIPS 2023), but no more steps than a recipe may ask for.
// The learning rate may be higher than that.
Schedule with_batch(Schedule schedule, int batch);

}  // namespace chiffre::training
