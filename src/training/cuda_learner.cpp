// cuda_learner.cpp -- samples are made, taught and learned from on the GPU; an epoch, or a large part of it, goes by
// before the CPU looks.
#include "cuda_learner.h"

#include <algorithm>

#include "device.cuh"
#include "error.h"
#include "gpus.h"
#include "sample_tables.h"
#include "training/sample_maker.h"
#include "training/teachers_on_gpu.h"
#include "training/trainer.h"

namespace chiffre::training {
namespace {

using cuda::DeviceMemory;

// Made ahead of the steps that learn from them: 1 KB each, and some 20 ms of training.
constexpr int kSamplesAtOnce = 131'072;

cuda::TrainerSettings trainer_settings(const Recipe& recipe, const FitOptions& options, int gpu) {
    const Schedule& schedule = recipe.schedule;
    cuda::TrainerSettings settings;
    settings.gpu = gpu;
    settings.batch = schedule.batch;
    settings.loss.refuses = recipe.refuses();
    settings.loss.smoothing = static_cast<float>(schedule.label_smoothing);
    settings.loss.taught = static_cast<float>(schedule.distill);
    settings.rule = update_rule(schedule);
    if (options.precision == TrainingPrecision::mixed) settings.numbers = cuda::TrainingNumbers::mixed;
    return settings;
}

// A validation set in the GPU's memory.
struct SetOnGpu {
    explicit SetOnGpu(const LabelledTiles& set)
        : tiles(cuda::to_device(set.tiles.front().ink.data(), set.tiles.size() * kTileBytes)),
          labels(cuda::to_device(set.labels.data(), set.labels.size())),
          samples{tiles.get(), labels.get(), nullptr, set.size()} {}
    DeviceMemory<std::uint8_t> tiles, labels;
    cuda::DeviceSamples samples;
};

std::vector<std::vector<float>> values_of(std::span<const Weights> teachers) {
    std::vector<std::vector<float>> values;
    for (const Weights& teacher : teachers) values.push_back(teacher.values);
    return values;
}

// With the GPU current that the trainer's settings name. Throws cuda::CudaError.
class CudaRun {
  public:
    CudaRun(const Recipe& recipe, const TrainingData& data, const FitOptions& options, const OptimizerState& start,
            int gpu)
        : schedule_(recipe.schedule),
          per_epoch_(data.train.per_epoch),
          steps_(step_count(schedule_, data)),
          step_(start.step),
          trainer_(trainer_settings(recipe, options, gpu), {start.parameters, start.mean, start.square, start.average}),
          maker_(SampleTables(data.train.plan).view()),
          room_(std::min<std::int64_t>(per_epoch_, std::int64_t{steps_at_once()} * schedule_.batch)),
          tiles_(cuda::device_memory<std::uint8_t>(room_ * kTileBytes)),
          labels_(cuda::device_memory<std::uint8_t>(room_)) {
        for (const NamedSet& set : data.validation) validation_.emplace_back(set.samples);
        if (options.teachers.empty()) return;
        teachers_ = std::make_unique<cuda::TeachersOnGpu>(values_of(options.teachers), recipe.refuses(),
                                                          static_cast<float>(schedule_.distill_temperature));
        taught_ = cuda::device_memory<float>(room_ * (kClasses + 1));
    }

    int steps_at_once() const { return std::max(1, kSamplesAtOnce / schedule_.batch); }

    std::vector<LossSum> advance(int count) {
        const auto epoch = static_cast<std::uint32_t>(step_ / steps_.per_epoch);
        const std::int64_t first = step_ % steps_.per_epoch * schedule_.batch;
        const std::int64_t samples = std::min<std::int64_t>(std::int64_t{count} * schedule_.batch, per_epoch_ - first);
        maker_.make(tiles_.get(), labels_.get(), epoch, static_cast<std::uint32_t>(first),
                    static_cast<std::uint32_t>(samples), trainer_.stream());
        if (teachers_) teachers_->teach(taught_.get(), tiles_.get(), samples, trainer_.stream());

        std::vector<StepConstants> constants;
        for (int i = 0; i < count; ++i)
            constants.push_back(step_constants(schedule_, step_ + i, steps_.all, steps_.per_epoch));
        std::vector<cuda::LossSum> found(count);
        trainer_.train({tiles_.get(), labels_.get(), taught_.get(), samples}, constants, found);
        step_ += count;

        std::vector<LossSum> sums;
        for (const cuda::LossSum& sum : found) sums.push_back({sum.loss, sum.wrong});
        return sums;
    }

    std::vector<LossSum> validate() {
        std::vector<LossSum> sums;
        for (const SetOnGpu& set : validation_) {
            const cuda::LossSum sum = trainer_.evaluate(set.samples, schedule_.average_decay > 0);
            sums.push_back({sum.loss, sum.wrong});
        }
        return sums;
    }

    OptimizerState state() {
        const cuda::TrainerState now = trainer_.state();
        return {step_, now.parameters, now.mean, now.square, now.average};
    }

  private:
    const Schedule& schedule_;
    std::int64_t per_epoch_;
    StepCount steps_;
    std::int64_t step_;
    cuda::Trainer trainer_;
    cuda::SampleMaker maker_;
    std::int64_t room_;
    DeviceMemory<std::uint8_t> tiles_, labels_;
    std::unique_ptr<cuda::TeachersOnGpu> teachers_;
    DeviceMemory<float> taught_;
    std::vector<SetOnGpu> validation_;
};

class CudaLearner final : public Learner {
    template <typename Work>
    auto on_gpu(const Work& work) {
        try {
            cuda::make_current(gpu_);
            return work();
        } catch (const cuda::CudaError& error) {
            throw Error(ErrorCode::no_device, cuda::why_failed(gpu_, error));
        }
    }

  public:
    CudaLearner(const Recipe& recipe, const TrainingData& data, const FitOptions& options, const OptimizerState& start,
                int gpu)
        : gpu_(gpu) {
        try {
            cuda::make_current(gpu);
            run_ = std::make_unique<CudaRun>(recipe, data, options, start, gpu);
        } catch (const cuda::CudaError& error) {
            throw Error(ErrorCode::no_device, cuda::why_not_opened(gpu, error));
        }
    }

    std::vector<LossSum> advance(int count) override {
        return on_gpu([&] { return run_->advance(count); });
    }
    std::vector<LossSum> validate() override {
        return on_gpu([&] { return run_->validate(); });
    }
    OptimizerState state() override {
        return on_gpu([&] { return run_->state(); });
    }
    int steps_at_once() const override { return run_->steps_at_once(); }
    std::string device() const override { return cuda::gpu_name(gpu_); }

  private:
    int gpu_;
    std::unique_ptr<CudaRun> run_;
};

}  // namespace

std::unique_ptr<Learner> open_cuda_learner(const Recipe& recipe, const TrainingData& data, const FitOptions& options,
                                           const OptimizerState& start, int gpu) {
    return std::make_unique<CudaLearner>(recipe, data, options, start, gpu);
}

}  // namespace chiffre::training
