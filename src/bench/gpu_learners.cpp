// gpu_learners.cpp -- training/cuda_learner.h's learner with other launches, and one that the CPU feeds.
#include "bench/gpu_learners.h"

#include <algorithm>
#include <array>

#include "bench/crew.h"
#include "device.cuh"
#include "gpus.h"
#include "training/cuda_learner.h"
#include "training/layered_training.h"
#include "training/shuffle.h"

namespace chiffre::bench {
namespace {

using cuda::DeviceMemory;
using training::LossSum;
using training::OptimizerState;
using training::Recipe;
using training::TrainingData;

struct SetOnGpu {
    DeviceMemory<std::uint8_t> tiles, labels;
    cuda::DeviceSamples samples;

    explicit SetOnGpu(const training::LabelledTiles& set)
        : tiles(cuda::to_device(set.tiles.front().ink.data(), set.tiles.size() * kTileBytes)),
          labels(cuda::to_device(set.labels.data(), set.labels.size())),
          samples{tiles.get(), labels.get(), nullptr, set.size()} {}
};

class HostFedLearner final : public training::Learner {
  public:
    HostFedLearner(const Recipe& recipe, const TrainingData& data, std::uint64_t seed, const OptimizerState& start,
                   int gpu)
        : schedule_(recipe.schedule),
          data_(data),
          seed_(seed),
          gpu_(gpu),
          steps_(step_count(schedule_, data)),
          step_(start.step),
          trainer_(training::trainer_settings(recipe, {}, gpu, {}, cuda::layered_launcher(schedule_.batch)),
                   {start.parameters, start.mean, start.square, start.average}),
          tiles_(schedule_.batch),
          labels_(schedule_.batch),
          device_tiles_(cuda::device_memory<std::uint8_t>(tiles_.size() * kTileBytes)),
          device_labels_(cuda::device_memory<std::uint8_t>(tiles_.size())),
          crew_(core_count()) {
        for (const training::NamedSet& set : data.validation) validation_.emplace_back(set.samples);
    }

    std::vector<LossSum> advance(int count) override {
        std::vector<LossSum> sums;
        for (int i = 0; i < count; ++i) sums.push_back(step());
        return sums;
    }

    std::vector<LossSum> validate() override {
        std::vector<LossSum> sums;
        for (const SetOnGpu& set : validation_) {
            const cuda::LossSum sum = trainer_.evaluate(set.samples, schedule_.average_decay > 0);
            sums.push_back({sum.loss, sum.wrong});
        }
        return sums;
    }

    OptimizerState state() override {
        const cuda::TrainerState now = trainer_.state();
        return {step_, now.parameters, now.mean, now.square, now.average};
    }

    int steps_at_once() const override { return 1; }
    std::string device() const override { return cuda::gpu_name(gpu_); }

  private:
    // Returns how many.
    int make_samples() {
        const auto per_epoch = static_cast<std::uint32_t>(data_.train.per_epoch);
        const auto epoch = static_cast<std::uint32_t>(step_ / steps_.per_epoch);
        const auto first = static_cast<std::uint32_t>(step_ % steps_.per_epoch * schedule_.batch);
        const std::uint32_t count = std::min<std::uint32_t>(schedule_.batch, per_epoch - first);
        crew_.run([&](int thread) {
            for (auto i = static_cast<std::uint32_t>(thread); i < count; i += crew_.size()) {
                const auto sample = training::permuted(first + i, per_epoch, seed_, epoch);
                labels_[i] = static_cast<std::uint8_t>(data_.train.make(epoch, sample, tiles_[i]));
            }
        });
        return static_cast<int>(count);
    }

    LossSum step() {
        const int count = make_samples();
        CUDA_CHECK(cudaMemcpyAsync(device_tiles_.get(), tiles_.data(), static_cast<std::size_t>(count) * kTileBytes,
                                   cudaMemcpyHostToDevice, trainer_.stream()));
        CUDA_CHECK(
            cudaMemcpyAsync(device_labels_.get(), labels_.data(), count, cudaMemcpyHostToDevice, trainer_.stream()));
        const training::StepConstants constants = step_constants(schedule_, step_, steps_.all, steps_.per_epoch);
        cuda::LossSum sum;
        trainer_.train({device_tiles_.get(), device_labels_.get(), nullptr, count}, {&constants, 1}, {&sum, 1});
        ++step_;
        return {sum.loss, sum.wrong};
    }

    const training::Schedule& schedule_;
    const TrainingData& data_;
    std::uint64_t seed_;
    int gpu_;
    training::StepCount steps_;
    std::int64_t step_;
    cuda::Trainer trainer_;
    std::vector<Tile> tiles_;
    std::vector<std::uint8_t> labels_;
    DeviceMemory<std::uint8_t> device_tiles_, device_labels_;
    std::vector<SetOnGpu> validation_;
    Crew crew_;
};

OpenLearner resident(const TrainingData& data, std::uint64_t seed, int gpu, bool in_a_graph) {
    return [&data, seed, gpu, in_a_graph](const Recipe& recipe, const OptimizerState& start) {
        cuda::make_current(gpu);
        cuda::TrainingLauncher launch = cuda::layered_launcher(recipe.schedule.batch);
        if (in_a_graph) launch = cuda::graphed(std::move(launch));
        return open_cuda_learner(recipe, data, {.seed = seed}, start, std::array{gpu}, launch);
    };
}

}  // namespace

OpenLearner layered_fed_by_host(const TrainingData& data, std::uint64_t seed, int gpu) {
    return [&data, seed, gpu](const Recipe& recipe, const OptimizerState& start) {
        cuda::make_current(gpu);
        return std::make_unique<HostFedLearner>(recipe, data, seed, start, gpu);
    };
}

OpenLearner layered_on_resident_data(const TrainingData& data, std::uint64_t seed, int gpu) {
    return resident(data, seed, gpu, false);
}

OpenLearner layered_in_a_graph(const TrainingData& data, std::uint64_t seed, int gpu) {
    return resident(data, seed, gpu, true);
}

}  // namespace chiffre::bench
