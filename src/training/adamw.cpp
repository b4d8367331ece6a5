// adamw.cpp -- plain loops over 61,706 floats, which the compiler vectorizes.
#include "adamw.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "multiversion.h"
#include "random.h"

namespace chiffre::training {
namespace {

// The defaults of Adam's paper. They were not tuned, so they are no part of a recipe.
constexpr double kMeanDecay = 0.9;
constexpr double kSquareDecay = 0.999;
constexpr float kEpsilon = 1e-8f;

struct Step {
    float rate;          // learning rate over the bias correction of the mean
    float decay;         // learning rate times weight decay
    float square_scale;  // 1 / bias correction of the square
};

CHIFFRE_MULTIVERSION void update(float* __restrict__ parameters, float* __restrict__ mean, float* __restrict__ square,
                                 const float* __restrict__ gradient, int n, Step step) {
    constexpr auto kMean = static_cast<float>(kMeanDecay), kSquare = static_cast<float>(kSquareDecay);
    for (int i = 0; i < n; ++i) {
        mean[i] = kMean * mean[i] + (1 - kMean) * gradient[i];
        square[i] = kSquare * square[i] + (1 - kSquare) * gradient[i] * gradient[i];
        const float move = mean[i] / (std::sqrt(square[i] * step.square_scale) + kEpsilon);
        parameters[i] -= step.rate * move + step.decay * parameters[i];
    }
}

CHIFFRE_MULTIVERSION void follow(float* __restrict__ average, const float* __restrict__ parameters, int n,
                                 float share) {
    for (int i = 0; i < n; ++i) average[i] += share * (parameters[i] - average[i]);
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
    const double rise = warmup > 0 ? std::min(1.0, static_cast<double>(step + 1) / warmup) : 1.0;
    const double progress = static_cast<double>(step) / static_cast<double>(steps);
    return schedule.learning_rate * rise * 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

void adamw_step(OptimizerState& state, std::span<const float> gradient, double rate, const Schedule& schedule) {
    const auto count = static_cast<double>(++state.step);
    const auto corrected_rate = static_cast<float>(rate / (1 - std::pow(kMeanDecay, count)));
    const auto square_scale = static_cast<float>(1 / (1 - std::pow(kSquareDecay, count)));
    const auto decay = static_cast<float>(rate * schedule.weight_decay);
    for (int layer = 0; layer < static_cast<int>(kLayers.size()); ++layer) {
        const int w = weight_offset(layer), b = bias_offset(layer);
        update(&state.parameters[w], &state.mean[w], &state.square[w], &gradient[w], kLayers[layer].weights(),
               {corrected_rate, decay, square_scale});
        update(&state.parameters[b], &state.mean[b], &state.square[b], &gradient[b], kLayers[layer].biases(),
               {corrected_rate, 0, square_scale});
    }
    if (schedule.average_decay == 0) return;
    // Early on, an average over few steps: the start is forgotten as fast as the average grows.
    const double average_decay = std::min(schedule.average_decay, (1 + count) / (10 + count));
    follow(state.average.data(), state.parameters.data(), kParameters, static_cast<float>(1 - average_decay));
}

const std::vector<float>& best_estimate(const OptimizerState& state, const Schedule& schedule) {
    return schedule.average_decay > 0 ? state.average : state.parameters;
}

}  // namespace chiffre::training
