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

namespace {

// Opens what training needs of a GPU, and lets it go again.
void require_gpu([[maybe_unused]] int gpu, [[maybe_unused]] TrainingPrecision precision) {
#ifdef CHIFFRE_HAS_CUDA
    require_training_gpu(gpu, precision);
#endif
}

Device automatic_device(TrainingPrecision precision, const Notice& notice) {
    const cuda::Gpus gpus = cuda::find_gpus();
    std::string why = gpus.broken ? "cuda:0: " + gpus.why_none : "";
    if (gpus.count > 0) try {
            require_gpu(0, precision);
            return {Device::Kind::cuda, {0}};
        } catch (const Error& error) {
            if (error.code() != ErrorCode::no_device) throw;
            why = error.what();
        }
    if (!why.empty() && notice) notice(why + "; training on the CPU");
    return {Device::Kind::cpu, {}};
}

}  // namespace

Device training_device(const FitOptions& options, const Notice& notice) {
    Device device = options.device;
    if (device.kind == Device::Kind::automatic) device = automatic_device(options.precision, notice);
    if (device.kind == Device::Kind::cpu) {
        if (options.precision == TrainingPrecision::mixed)
            throw Error(ErrorCode::usage, "--precision: expected fp32 on the CPU, found mixed");
        return device;
    }
    device.indices = gpus_of(device);
    for (const int gpu : device.indices) require_gpu(gpu, options.precision);
    return device;
}

std::string device_text(const Device& device) {
    if (device.indices.empty()) return "cpu";
    std::string text = "cuda:";
    for (const int gpu : device.indices) text += (text.back() == ':' ? "" : ",") + std::to_string(gpu);
    return text;
}

void require_together([[maybe_unused]] const Device& device) {
#ifdef CHIFFRE_HAS_CUDA
    if (device.kind == Device::Kind::cuda && device.indices.size() > 1) require_several_gpus();
#endif
}

std::unique_ptr<Learner> open_learner(const Recipe& recipe, const TrainingData& data, const FitOptions& options,
                                      const OptimizerState& start) {
    const Device device = training_device(options);
    require_together(device);
#ifdef CHIFFRE_HAS_CUDA
    if (device.kind == Device::Kind::cuda) return open_cuda_learner(recipe, data, options, start, device.indices);
#endif
    return open_cpu_learner(recipe, data, options.seed, start, options.threads, options.teachers);
}

}  // namespace chiffre::training
