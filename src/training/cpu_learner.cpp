// cpu_learner.cpp -- a step on the CPU: samples and gradient on all threads, the update on one.
#include <algorithm>

#include "data_parallel.h"
#include "learner.h"
#include "shuffle.h"

namespace chiffre::training {
namespace {

LossSettings loss_settings(const Recipe& recipe) {
    const Schedule& schedule = recipe.schedule;
    return {recipe.refuses(), static_cast<float>(schedule.label_smoothing), static_cast<float>(schedule.distill),
            static_cast<float>(schedule.distill_temperature)};
}

class CpuLearner : public Learner {
  public:
    CpuLearner(const Recipe& recipe, const TrainingData& data, std::uint64_t seed, const OptimizerState& start,
               int threads, std::span<const Weights> teachers)
        : schedule_(recipe.schedule),
          data_(data),
          seed_(seed),
          steps_(step_count(schedule_, data)),
          settings_(loss_settings(recipe)),
          state_(start),
          parallel_(threads) {
        teachers_.reserve(teachers.size());
        for (const Weights& teacher : teachers) teachers_.push_back(teacher.values);
    }

    std::vector<LossSum> advance(int count) override {
        std::vector<LossSum> sums;
        sums.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) sums.push_back(step());
        return sums;
    }

    std::vector<LossSum> validate() override {
        const std::vector<float>& weights = best_estimate(state_, schedule_);
        std::vector<LossSum> sums;
        sums.reserve(data_.validation.size());
        for (const NamedSet& set : data_.validation)
            sums.push_back(
                measure_loss(parallel_.forward(weights, set.samples.tiles), set.samples.labels, settings_.refuses));
        return sums;
    }

    OptimizerState state() override { return state_; }
    int steps_at_once() const override { return 1; }
    std::string device() const override { return "cpu"; }

  private:
    LossSum step() {
        const std::int64_t step_of_epoch = state_.step % steps_.per_epoch;
        const auto epoch = static_cast<std::uint32_t>(state_.step / steps_.per_epoch);
        const auto first = static_cast<std::uint32_t>(step_of_epoch * schedule_.batch);
        const auto samples = static_cast<std::uint32_t>(data_.train.per_epoch);
        batch_.resize(std::min<std::size_t>(schedule_.batch, samples - first));
        for (std::uint32_t i = 0; i < batch_.size(); ++i)
            batch_[i] = static_cast<int>(permuted(first + i, samples, seed_, epoch));
        const LossSum sum =
            parallel_.gradient(state_.parameters, data_.train, epoch, batch_, {settings_, teachers_}, gradient_);
        take_step(state_, gradient_, update_rule(schedule_),
                  step_constants(schedule_, state_.step, steps_.all, steps_.per_epoch));
        return sum;
    }

    const Schedule& schedule_;
    const TrainingData& data_;
    std::uint64_t seed_;
    StepCount steps_;
    LossSettings settings_;
    std::vector<std::vector<float>> teachers_;
    OptimizerState state_;
    DataParallel parallel_;
    std::vector<float> gradient_ = std::vector<float>(kParameters);
    std::vector<int> batch_;  // samples of the step
};

}  // namespace

std::unique_ptr<Learner> open_cpu_learner(const Recipe& recipe, const TrainingData& data, std::uint64_t seed,
                                          const OptimizerState& start, int threads, std::span<const Weights> teachers) {
    return std::make_unique<CpuLearner>(recipe, data, seed, start, threads, teachers);
}

}  // namespace chiffre::training
