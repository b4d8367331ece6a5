// learner.h -- what takes the steps of training, on the CPU or on a GPU; fit.h's loop is the same for both.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fit_options.h"
#include "loss.h"
#include "optimizer.h"
#include "recipe.h"
#include "samples.h"

namespace chiffre::training {

// Steps per epoch and of the whole run; the last step of an epoch takes the samples that are left.
struct StepCount {
    std::int64_t per_epoch = 0, all = 0;
};
// Throws Error(bad_data) where there are no samples to learn from.
StepCount step_count(const Schedule& schedule, const TrainingData& data);

class Learner {
  public:
    virtual ~Learner() = default;

    // Takes the next `count` steps, all of one epoch. Returns one sum per step, in order. The result does not depend on
    // how the steps are divided among calls. A loss that is not finite is returned like any other.
    virtual std::vector<LossSum> advance(int count) = 0;

    // For each of TrainingData::validation, measure_loss() with the best estimate (optimizer.h) of the weights.
    virtual std::vector<LossSum> validate() = 0;

    // Copied from where it lives.
    virtual OptimizerState state() = 0;

    // As many as are worth taking before anyone looks: on the CPU one.
    virtual int steps_at_once() const = 0;

    // "cpu", "cuda:0", "cuda:0,1".
    virtual std::string device() const = 0;
};

// What options.device is on this machine: the CPU, or GPUs that can train in options.precision, all of them named.
// Device::Kind::automatic: the first GPU where it can be used; `notice` hears why a GPU that is there cannot. Throws
// Error(no_device) for named GPUs that cannot be used, Error(usage) for a precision that the CPU does not have.
Device training_device(const FitOptions& options, const Notice& notice = {});

// "cpu", "cuda:0", "cuda:0,1".
std::string device_text(const Device& device);

// Throws Error(no_device) where there are several and what they need to train together is missing.
void require_together(const Device& device);

// Both of the following keep references to `recipe` and `data`. `start` is initial_state() or what a checkpoint holds.

// Throws what training_device() and require_together() throw.
std::unique_ptr<Learner> open_learner(const Recipe& recipe, const TrainingData& data, const FitOptions& options,
                                      const OptimizerState& start);

// threads: 0 takes all that the machine has. The result does not depend on it.
std::unique_ptr<Learner> open_cpu_learner(const Recipe& recipe, const TrainingData& data, std::uint64_t seed,
                                          const OptimizerState& start, int threads,
                                          std::span<const Weights> teachers = {});

}  // namespace chiffre::training
