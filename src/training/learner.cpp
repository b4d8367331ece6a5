// learner.cpp -- which learner a device takes.
#include "learner.h"

#include "error.h"

namespace chiffre::training {

TrainingPrecision parse_training_precision(const std::string& text) {
    if (text == "fp32") return TrainingPrecision::fp32;
    if (text == "mixed") return TrainingPrecision::mixed;
    throw Error(ErrorCode::usage, "--precision: expected fp32 or mixed, found \"" + text + "\"");
}

StepCount step_count(const Schedule& schedule, const TrainingData& data) {
    const std::int64_t per_epoch = (data.train.per_epoch + schedule.batch - 1) / schedule.batch;
    return {per_epoch, per_epoch * schedule.epochs};
}

void require_learner(const FitOptions& options) {
    if (options.device.kind == Device::Kind::cuda)
        throw Error(ErrorCode::no_device, "--device: expected cpu, found cuda, which this build cannot train on");
    if (options.precision == TrainingPrecision::mixed)
        throw Error(ErrorCode::usage, "--precision: expected fp32 on the CPU, found mixed");
}

std::unique_ptr<Learner> open_learner(const Recipe& recipe, const TrainingData& data, const FitOptions& options,
                                      const OptimizerState& start) {
    require_learner(options);
    return open_cpu_learner(recipe, data, options.seed, start, options.threads, options.teachers);
}

}  // namespace chiffre::training
