// optimizer.cpp -- plain loops over 61,706 floats, which the compiler vectorizes.
#include "optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "../multiversion.h"
#include "random.h"

namespace chiffre::training {
namespace {

constexpr double kOneCycleStart = 1.0 / 25;  // share of the highest learning rate

// The rule is known to the compiler, so that the loop has no branch.
template <UpdateRule kRule>
[[gnu::always_inline]] inline void update_all(float* parameters, float* mean, float* square, float* average,
                                              const float* gradient, int n, StepConstants step) {
    for (int i = 0; i < n; ++i)
        update_parameter(kRule, step, gradient[i], parameters[i], mean[i], square[i], average[i]);
}

CHIFFRE_MULTIVERSION void update_adaptive(OptimizerState& state, const float* gradient, int first, int n,
                                          const StepConstants& step) {
    update_all<UpdateRule::adaptive>(&state.parameters[first], &state.mean[first], &state.square[first],
                                     &state.average[first], gradient + first, n, step);
}

CHIFFRE_MULTIVERSION void update_plain(OptimizerState& state, const float* gradient, int first, int n,
                                       const StepConstants& step) {
    update_all<UpdateRule::plain>(&state.parameters[first], &state.mean[first], &state.square[first],
                                  &state.average[first], gradient + first, n, step);
}

}  // namespace

OptimizerState initial_state(std::uint64_t seed) {
    OptimizerState state;
    for (int layer = 0; layer < static_cast<int>(kLayers.size()); ++layer) {
        Random random(seed, Stream::initialization, 0, static_cast<std::uint32_t>(layer));
        const int weights = kLayers[layer].weights();
        if (weights == 0) continue;
        const float range = std::sqrt(3.0f / static_cast<float>(kLayers[layer].weights_per_output()));
        float* weight = state.parameters.data() + weight_offset(layer);
        for (int i = 0; i < weights; ++i) weight[i] = random.symmetric(range);
    }
    state.average = state.parameters;
    return state;
}

double learning_rate(const Schedule& schedule, std::int64_t step, std::int64_t steps, std::int64_t steps_per_epoch) {
    const double warmup = schedule.warmup_epochs * static_cast<double>(steps_per_epoch);
    const auto now = static_cast<double>(step), end = static_cast<double>(steps);
    const auto fall = [](double progress) { return 0.5 * (1 + std::cos(std::numbers::pi * progress)); };
    if (schedule.shape == ScheduleShape::one_cycle) {
        if (now < warmup) return schedule.learning_rate * (kOneCycleStart + (1 - kOneCycleStart) * now / warmup);
        return schedule.learning_rate * fall((now - warmup) / (end - warmup));
    }
    const double rise = warmup > 0 ? std::min(1.0, (now + 1) / warmup) : 1.0;
    return schedule.learning_rate * rise * fall(now / end);
}

UpdateRule update_rule(const Schedule& schedule) {
    return schedule.optimizer == OptimizerKind::sgd ? UpdateRule::plain : UpdateRule::adaptive;
}

StepConstants step_constants(const Schedule& schedule, std::int64_t step, std::int64_t steps,
                             std::int64_t steps_per_epoch) {
    const double rate = learning_rate(schedule, step, steps, steps_per_epoch);
    const auto count = static_cast<double>(step + 1);
    StepConstants constants{};
    constants.decay = static_cast<float>(rate * schedule.weight_decay);
    if (schedule.optimizer == OptimizerKind::sgd) {
        constants.mean_decay = static_cast<float>(schedule.momentum);
        constants.mean_gain = 1;
        constants.mean_rate = static_cast<float>(rate);
    } else {
        constants.mean_decay = static_cast<float>(kMeanDecay);
        constants.mean_gain = 1 - constants.mean_decay;
        constants.square_scale = static_cast<float>(1 / (1 - std::pow(kSquareDecay, count)));
        const double correction = 1 - std::pow(kMeanDecay, count);
        constants.mean_rate = static_cast<float>(rate / correction);
        if (schedule.optimizer == OptimizerKind::nadam) {
            // The mean as it will count in the step after this one, and this step's gradient by itself.
            const double next_correction = 1 - std::pow(kMeanDecay, count + 1);
            constants.mean_rate = static_cast<float>(rate * kMeanDecay / next_correction);
            constants.gradient_share = static_cast<float>((1 - kMeanDecay) / correction * next_correction / kMeanDecay);
        }
    }
    if (schedule.average_decay > 0) {
        // Early on, an average over few steps: the start is forgotten as fast as the average grows.
        const double average_decay = std::min(schedule.average_decay, (1 + count) / (10 + count));
        constants.average_share = static_cast<float>(1 - average_decay);
    }
    return constants;
}

void take_step(OptimizerState& state, std::span<const float> gradient, UpdateRule rule, const StepConstants& step) {
    StepConstants without_decay = step;
    without_decay.decay = 0;
    const auto update = rule == UpdateRule::adaptive ? update_adaptive : update_plain;
    for (int layer = 0; layer < static_cast<int>(kLayers.size()); ++layer) {
        update(state, gradient.data(), weight_offset(layer), kLayers[layer].weights(), step);
        update(state, gradient.data(), bias_offset(layer), kLayers[layer].biases(), without_decay);
    }
    ++state.step;
}

const std::vector<float>& best_estimate(const OptimizerState& state, const Schedule& schedule) {
    return schedule.average_decay > 0 ? state.average : state.parameters;
}

Schedule with_batch(Schedule schedule, int batch) {
    if (batch == schedule.batch) return schedule;
    const double ratio = static_cast<double>(batch) / schedule.batch;
    schedule.learning_rate *= schedule.optimizer == OptimizerKind::sgd ? ratio : std::sqrt(ratio);
    schedule.average_decay = std::min(std::pow(schedule.average_decay, ratio), kHighestAverageDecay);
    schedule.batch = batch;
    return schedule;
}

}  // namespace chiffre::training
