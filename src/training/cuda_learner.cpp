// cuda_learner.cpp -- samples are made, taught and learned from on the GPU; an epoch, or a large part of it, goes by
// before the CPU looks. Several GPUs take a share of every batch each, a thread of the CPU for each.
#include "cuda_learner.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <system_error>
#include <thread>

#include "device.cuh"
#include "error.h"
#include "gpus.h"
#include "sample_tables.h"
#include "training/nccl.h"
#include "training/replica.h"
#include "training/sample_maker.h"
#include "training/teachers_on_gpu.h"

namespace chiffre::training {
namespace {

cuda::TrainingNumbers numbers_of(TrainingPrecision precision) {
    return precision == TrainingPrecision::mixed ? cuda::TrainingNumbers::mixed : cuda::TrainingNumbers::fp32;
}

using cuda::BatchShare;
using cuda::DeviceMemory;

// Made by a GPU ahead of the steps that learn from them: 1 KB each, and some 20 ms of training.
constexpr int kSamplesAtOnce = 131'072;

// Of several GPUs, because the launches of a call are kept (replica.h).
constexpr int kMostStepsTogether = 256;

int steps_at_once(int batch, int gpus) {
    const int steps = static_cast<int>(std::max(std::int64_t{1}, std::int64_t{kSamplesAtOnce} * gpus / batch));
    return gpus > 1 ? std::min(steps, kMostStepsTogether) : steps;
}

}  // namespace

cuda::TrainerSettings trainer_settings(const Recipe& recipe, const FitOptions& options, int gpu, BatchShare share,
                                       const cuda::TrainingLauncher& launch) {
    const Schedule& schedule = recipe.schedule;
    cuda::TrainerSettings settings;
    settings.gpu = gpu;
    settings.batch = share.size(schedule.batch);
    settings.loss.refuses = recipe.refuses();
    settings.loss.smoothing = static_cast<float>(schedule.label_smoothing);
    settings.loss.taught = static_cast<float>(schedule.distill);
    settings.rule = update_rule(schedule);
    settings.numbers = numbers_of(options.precision);
    settings.launch = launch;
    return settings;
}

namespace {

// A validation set in the GPU's memory.
struct SetOnGpu {
    explicit SetOnGpu(const LabelledTiles& set)
        : tiles(
              cuda::to_device(reinterpret_cast<const std::uint8_t*>(set.tiles.data()), set.tiles.size() * kTileBytes)),
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

// One GPU's work, with that GPU current. Throws cuda::CudaError.
class CudaRun {
  public:
    CudaRun(const Recipe& recipe, const TrainingData& data, const FitOptions& options, const OptimizerState& start,
            int gpu, BatchShare share, const cuda::TrainingLauncher& launch)
        : schedule_(recipe.schedule),
          share_(share),
          per_epoch_(data.train.per_epoch),
          steps_(step_count(schedule_, data)),
          step_(start.step),
          trainer_(trainer_settings(recipe, options, gpu, share, launch),
                   {start.parameters, start.mean, start.square, start.average}),
          maker_(SampleTables(data.train.plan).view()),
          room_(share.size_of_all(
              std::min<std::int64_t>(per_epoch_,
                                     std::int64_t{steps_at_once(schedule_.batch, share.count)} * schedule_.batch),
              schedule_.batch)),
          tiles_(cuda::device_memory<std::uint8_t>(room_ * kTileBytes)),
          labels_(cuda::device_memory<std::uint8_t>(room_)) {
        if (share.index == 0)
            for (const NamedSet& set : data.validation) validation_.emplace_back(set.samples);
        if (options.teachers.empty()) return;
        teachers_ = std::make_unique<cuda::TeachersOnGpu>(values_of(options.teachers), recipe.refuses(),
                                                          static_cast<float>(schedule_.distill_temperature));
        taught_ = cuda::device_memory<float>(room_ * (kClasses + 1));
    }

    // Before the first step, where there are several.
    void join(cuda::GpuSum& sum) {
        replica_.emplace(trainer_, sum, share_, schedule_.batch, steps_at_once(schedule_.batch, share_.count));
    }

    // Makes the samples of the next `count` steps. Of several GPUs all do so before any goes on.
    void prepare(int count) {
        const auto epoch = static_cast<std::uint32_t>(step_ / steps_.per_epoch);
        const std::int64_t first = step_ % steps_.per_epoch * schedule_.batch;
        const std::int64_t samples = std::min<std::int64_t>(std::int64_t{count} * schedule_.batch, per_epoch_ - first);
        std::int64_t made = 0;
        for (const cuda::Places& places : places_of(share_, static_cast<std::uint32_t>(first),
                                                    static_cast<std::uint32_t>(samples), schedule_.batch)) {
            maker_.make(tiles_.get() + made * kTileBytes, labels_.get() + made, epoch, places, trainer_.stream());
            made += places.count;
        }
        if (teachers_ && made > 0) teachers_->teach(taught_.get(), tiles_.get(), made, trainer_.stream());

        constants_.clear();
        for (int i = 0; i < count; ++i)
            constants_.push_back(step_constants(schedule_, step_ + i, steps_.all, steps_.per_epoch));
        prepared_ = {tiles_.get(), labels_.get(), taught_.get(), made};
        if (replica_) replica_->prepare(prepared_, samples, constants_);
    }

    // Takes the steps. Returns the sums of this GPU's share.
    std::vector<LossSum> advance() {
        std::vector<cuda::LossSum> found(constants_.size());
        if (replica_)
            replica_->train(found);
        else
            trainer_.train(prepared_, constants_, found);
        step_ += static_cast<std::int64_t>(constants_.size());

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
    BatchShare share_;
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
    std::optional<cuda::Replica> replica_;
    std::vector<StepConstants> constants_;  // of the steps that are prepared
    cuda::DeviceSamples prepared_;
};

class CudaLearner final : public Learner {
    using Why = std::string (*)(int gpu, const cuda::CudaError&);

    // work(i) with GPU i current, a thread for each but the first. Throws what the first GPU failed of, by its name.
    template <typename Work>
    void on_each(const Work& work, Why why = cuda::why_failed) {
        std::vector<std::exception_ptr> faults(gpus_.size());
        std::atomic<bool> abandoned = false;
        const auto attempt = [&](std::size_t i) {
            try {
                on_gpu(
                    i, [&] { work(i); }, why);
            } catch (const cuda::SumAbandoned&) {  // the GPU to blame says more, unless it did so before
                abandoned = true;
            } catch (...) {
                faults[i] = std::current_exception();
                if (sum_) sum_->give_up();
            }
        };
        try {
            std::vector<std::jthread> others;
            try {
                for (std::size_t i = 1; i < gpus_.size(); ++i) others.emplace_back(attempt, i);
            } catch (...) {  // those that have started must not wait for the others for ever
                if (sum_) sum_->give_up();
                throw;
            }
            attempt(0);
        } catch (const std::system_error& error) {
            throw Error(ErrorCode::no_device,
                        device() + ": expected a thread for each GPU, found: " + std::string(error.what()));
        }
        for (const std::exception_ptr& fault : faults)
            if (fault) std::rethrow_exception(fault);
        if (abandoned)
            throw Error(ErrorCode::no_device, device() + ": expected GPUs that go on working, found that one failed");
    }

    template <typename Work>
    auto on_gpu(std::size_t i, const Work& work, Why why = cuda::why_failed) {
        try {
            cuda::make_current(gpus_[i]);
            return work();
        } catch (const cuda::CudaError& error) {
            throw Error(ErrorCode::no_device, why(gpus_[i], error));
        } catch (const cuda::NcclError& error) {
            throw Error(ErrorCode::no_device,
                        cuda::gpu_name(gpus_[i]) + ": expected sums over the GPUs from NCCL, found: " + error.what());
        }
    }

  public:
    CudaLearner(const Recipe& recipe, const TrainingData& data, const FitOptions& options, const OptimizerState& start,
                std::span<const int> gpus, const cuda::TrainingLauncher& launch)
        : batch_(recipe.schedule.batch), gpus_(gpus.begin(), gpus.end()), runs_(gpus.size()) {
        const int count = static_cast<int>(gpus.size());
        on_each(
            [&](std::size_t i) {
                const BatchShare share{static_cast<int>(i), count};
                runs_[i] = std::make_unique<CudaRun>(recipe, data, options, start, gpus_[i], share, launch);
            },
            cuda::why_not_opened);
        if (count == 1) return;
        on_gpu(0, [&] { sum_ = std::make_unique<cuda::GpuSum>(gpus_); });
        on_each([&](std::size_t i) { runs_[i]->join(*sum_); });
    }

    std::vector<LossSum> advance(int count) override {
        std::vector<LossSum> sums;
        for (int done = 0; done < count; done += steps_at_once()) {  // the GPUs have room for no more
            const std::vector<LossSum> piece = take_steps(std::min(steps_at_once(), count - done));
            sums.insert(sums.end(), piece.begin(), piece.end());
        }
        return sums;
    }
    std::vector<LossSum> validate() override {
        return on_gpu(0, [&] { return runs_.front()->validate(); });
    }
    OptimizerState state() override {
        return on_gpu(0, [&] { return runs_.front()->state(); });
    }
    int steps_at_once() const override { return training::steps_at_once(batch_, static_cast<int>(gpus_.size())); }
    std::string device() const override {
        std::string name = cuda::gpu_name(gpus_.front());
        for (std::size_t i = 1; i < gpus_.size(); ++i) name += "," + std::to_string(gpus_[i]);
        return name;
    }

  private:
    std::vector<LossSum> take_steps(int count) {
        std::vector<std::vector<LossSum>> shares(gpus_.size());
        on_each([&](std::size_t i) { runs_[i]->prepare(count); });
        // The threads of before have ended here: no GPU is still preparing when the first waits in a sum.
        on_each([&](std::size_t i) { shares[i] = runs_[i]->advance(); });
        std::vector<LossSum> sums = std::move(shares.front());
        for (std::size_t i = 1; i < shares.size(); ++i)
            for (std::size_t step = 0; step < sums.size(); ++step) {
                sums[step].loss += shares[i][step].loss;
                sums[step].wrong += shares[i][step].wrong;
            }
        return sums;
    }

    int batch_;
    std::vector<int> gpus_;
    std::unique_ptr<cuda::GpuSum> sum_;  // outlives the runs, which hold launches of it
    std::vector<std::unique_ptr<CudaRun>> runs_;
};

}  // namespace

void require_training_gpu(int gpu, TrainingPrecision precision) {
    try {
        cuda::make_current(gpu);
        static_cast<void>(cuda::training_grid(numbers_of(precision)));
    } catch (const cuda::CudaError& error) {
        throw Error(ErrorCode::no_device, cuda::why_not_opened(gpu, error));
    }
}

void require_several_gpus() {
    cuda::require_nccl();
}

std::unique_ptr<Learner> open_cuda_learner(const Recipe& recipe, const TrainingData& data, const FitOptions& options,
                                           const OptimizerState& start, std::span<const int> gpus,
                                           const cuda::TrainingLauncher& launch) {
    return std::make_unique<CudaLearner>(recipe, data, options, start, gpus, launch);
}

}  // namespace chiffre::training
