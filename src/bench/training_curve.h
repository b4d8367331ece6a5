// training_curve.h -- a training run as `bench train` takes it: epoch by epoch, with the seconds of its steps apart
// from those of everything else, until enough is known.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "training/learner.h"

namespace chiffre::bench {

// Starts a run of the recipe in `start`. Throws what open_learner() throws.
using OpenLearner =
    std::function<std::unique_ptr<training::Learner>(const training::Recipe&, const training::OptimizerState& start)>;

// That of `train fit`. Keeps a reference to `data`.
OpenLearner by_options(const training::TrainingData& data, const training::FitOptions& options);

struct CurveEpoch {
    double training_s = 0, whole_s = 0;                // from the beginning of the run to the end of this epoch
    double loss = 0;                                   // mean while learning
    double validation_loss = 0, validation_error = 0;  // mean; share
};

struct TrainingCurve {
    std::string device;
    std::int64_t steps = 0, images = 0;  // learned from
    double training_s = 0;               // of the steps, with making their samples
    double whole_s = 0;                  // with opening the device and with validation
    std::vector<CurveEpoch> epochs;
    bool reached = false;  // the last epoch's validation error is the target or less

    double images_per_s() const { return static_cast<double>(images) / training_s; }
};

// When to stop before the recipe's last epoch. Asked at the end of each epoch.
struct TrainingLimits {
    double target_error = -1;                                   // share; negative: none
    double budget_s = std::numeric_limits<double>::infinity();  // of training
};

// Throws Error(bad_data) where the loss is no longer finite.
TrainingCurve follow_training(const OpenLearner& open, const training::Recipe& recipe,
                              const training::TrainingData& data, std::uint64_t seed,
                              const TrainingLimits& limits = {});

// How far the first steps of two learners may be apart.
struct StepTolerance {
    double loss = 1e-3;      // relative
    double gradient = 2e-3;  // of the layer's largest; a GPU's tiles may differ by one level in one byte of a thousand
};

// Throws Error(bad_data), naming both, where losses of the first steps or the gradient of the very first differ by
// more.
void check_first_steps(const std::string& name, const OpenLearner& open, const std::string& reference_name,
                       const OpenLearner& open_reference, const training::Recipe& recipe,
                       const training::TrainingData& data, std::uint64_t seed, const StepTolerance& tolerance = {});

}  // namespace chiffre::bench
