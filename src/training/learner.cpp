// learner.cpp -- which learner a device takes.
#include "learner.h"

#include "cuda_engine.h"
#ifdef CHIFFRE_HAS_CUDA
#include "cuda_learner.h"
#endif
#include "error.h"

namespace chiffre::training {

TrainingPrecision parse_training_precision(const std::string& text) {
    if (text == "fp32") return TrainingPrecision::fp32;
    if (text == "mixed") return TrainingPrecision::mixed;
    throw Error(ErrorCode::usage, "--precision: expected fp32 or mixed, found \"" + text + "\"");
}

std::string precision_name(TrainingPrecision precision) {
    return precision == TrainingPrecision::fp32 ? "fp32" : "mixed";
}

StepCount step_count(const Schedule& schedule, const TrainingData& data) {
    if (data.train.per_epoch <= 0)
        throw Error(ErrorCode::bad_data, "expected samples to learn from, found none: " + data.description);
    const std::int64_t per_epoch = (data.train.per_epoch + schedule.batch - 1) / schedule.batch;
    return {per_epoch, per_epoch * schedule.epochs};
}

std::vector<int> gpus_to_train_on(const FitOptions& options) {
    if (options.device.kind == Device::Kind::cuda) return gpus_of(options.device);
    const bool automatic = options.device.kind == Device::Kind::automatic;
    return automatic && cuda::find_gpus().count > 0 ? std::vector{0} : std::vector<int>{};
}

void require_learner(const FitOptions& options) {
    const std::vector<int> gpus = gpus_to_train_on(options);
    if (gpus.empty() && options.precision == TrainingPrecision::mixed)
        throw Error(ErrorCode::usage, "--precision: expected fp32 on the CPU, found mixed");
#ifdef CHIFFRE_HAS_CUDA
    if (gpus.size() > 1) require_several_gpus();
#endif
}

std::unique_ptr<Learner> open_learner(const Recipe& recipe, const TrainingData& data, const FitOptions& options,
                                      const OptimizerState& start) {
    require_learner(options);
#ifdef CHIFFRE_HAS_CUDA
    const std::vector<int> gpus = gpus_to_train_on(options);
    if (!gpus.empty()) return open_cuda_learner(recipe, data, options, start, gpus);
#endif
    return open_cpu_learner(recipe, data, options.seed, start, options.threads, options.teachers);
}

}  // namespace chiffre::training
