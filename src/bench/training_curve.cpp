// training_curve.cpp -- the loop of training without checkpoints and reports, by the wall clock.
#include "bench/training_curve.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "error.h"
#include "lenet5.h"

namespace chiffre::bench {
namespace {

using training::Learner;
using training::LossSum;
using training::OptimizerState;
using training::Recipe;
using training::StepCount;
using training::TrainingData;

using WallClock = std::chrono::steady_clock;

double seconds_since(WallClock::time_point start) {
    return std::chrono::duration<double>(WallClock::now() - start).count();
}

// Summed loss of an epoch's steps.
double learn_an_epoch(Learner& learner, const StepCount& steps) {
    double loss = 0;
    for (std::int64_t left = steps.per_epoch; left > 0;) {
        const int count = static_cast<int>(std::min<std::int64_t>(learner.steps_at_once(), left));
        for (const LossSum& sum : learner.advance(count)) loss += sum.loss;
        left -= count;
    }
    return loss;
}

void validate(CurveEpoch& epoch, Learner& learner, const TrainingData& data) {
    double samples = 0;
    for (const training::NamedSet& set : data.validation) samples += set.samples.size();
    LossSum all;
    for (const LossSum& sum : learner.validate()) {
        all.loss += sum.loss;
        all.wrong += sum.wrong;
    }
    epoch.validation_loss = all.loss / samples;
    epoch.validation_error = all.wrong / samples;
}

// The mean gradient after a first step that started from none: the gradient itself, times a factor.
struct FirstSteps {
    std::vector<double> losses;
    std::vector<float> gradient;
};

FirstSteps first_steps(Learner& learner, std::int64_t steps) {
    FirstSteps first;
    for (std::int64_t i = 0; i < steps; ++i) {
        first.losses.push_back(learner.advance(1).front().loss);
        if (i == 0) first.gradient = learner.state().mean;
    }
    return first;
}

// Difference of a layer's gradients beside the largest of them.
double gradient_difference(const std::vector<float>& expected, const std::vector<float>& found, int layer) {
    double largest = 0, difference = 0;
    const int first = weight_offset(layer);
    for (int i = first; i < first + kLayers[layer].parameters(); ++i) {
        if (!std::isfinite(found[i])) return std::numeric_limits<double>::infinity();
        largest = std::max<double>(largest, std::abs(expected[i]));
        difference = std::max<double>(difference, std::abs(expected[i] - found[i]));
    }
    return largest > 0 ? difference / largest : difference;
}

}  // namespace

OpenLearner by_options(const training::TrainingData& data, const training::FitOptions& options) {
    return [&data, options](const training::Recipe& recipe, const training::OptimizerState& start) {
        return open_learner(recipe, data, options, start);
    };
}

TrainingCurve follow_training(const OpenLearner& open, const Recipe& recipe, const TrainingData& data,
                              std::uint64_t seed, const TrainingLimits& limits) {
    const StepCount steps = step_count(recipe.schedule, data);
    const WallClock::time_point start = WallClock::now();
    const std::unique_ptr<Learner> learner = open(recipe, training::initial_state(seed));
    TrainingCurve curve;
    curve.device = learner->device();
    for (int i = 0; i < recipe.schedule.epochs && !curve.reached && curve.training_s <= limits.budget_s; ++i) {
        CurveEpoch epoch;
        const WallClock::time_point begin = WallClock::now();
        epoch.loss = learn_an_epoch(*learner, steps) / data.train.per_epoch;
        curve.training_s += seconds_since(begin);
        if (!std::isfinite(epoch.loss))
            throw Error(ErrorCode::bad_data, "training on " + curve.device + " diverged in epoch " +
                                                 std::to_string(i + 1) + ": expected a finite loss, found none");
        curve.steps += steps.per_epoch;
        curve.images += data.train.per_epoch;
        validate(epoch, *learner, data);
        epoch.training_s = curve.training_s;
        epoch.whole_s = curve.whole_s = seconds_since(start);
        curve.reached = epoch.validation_error <= limits.target_error;
        curve.epochs.push_back(epoch);
    }
    return curve;
}

void check_first_steps(const std::string& name, const OpenLearner& open, const std::string& reference_name,
                       const OpenLearner& open_reference, const Recipe& recipe, const TrainingData& data,
                       std::uint64_t seed, const StepTolerance& tolerance) {
    constexpr std::int64_t kChecked = 3;
    const std::int64_t steps = std::min(kChecked, step_count(recipe.schedule, data).per_epoch);
    const OptimizerState start = training::initial_state(seed);
    const FirstSteps expected = first_steps(*open_reference(recipe, start), steps);
    const FirstSteps found = first_steps(*open(recipe, start), steps);
    const auto refuse = [&](const std::string& what, double most, double difference) {
        throw Error(ErrorCode::bad_data, name + ": expected " + what + " as that of " + reference_name + " to " +
                                             std::to_string(most) + ", found a difference of " +
                                             std::to_string(difference));
    };
    for (std::size_t i = 0; i < expected.losses.size(); ++i) {
        const double difference = std::abs(found.losses[i] - expected.losses[i]) / std::abs(expected.losses[i]);
        if (!(difference <= tolerance.loss))
            refuse("the loss of step " + std::to_string(i + 1), tolerance.loss, difference);
    }
    for (int layer = 0; layer < static_cast<int>(kLayers.size()); ++layer) {
        const double difference = gradient_difference(expected.gradient, found.gradient, layer);
        if (!(difference <= tolerance.gradient))
            refuse("the gradient of " + std::string(kLayers[layer].name), tolerance.gradient, difference);
    }
}

}  // namespace chiffre::bench
