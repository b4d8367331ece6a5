// fit.cpp -- steps, epochs, validation, checkpoints. Everything random is a function of seed, epoch and index, so a run
// that goes on from a checkpoint draws what it would have drawn.
#include "fit.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "error.h"
#include "shuffle.h"

namespace chiffre::training {
namespace {

std::uint32_t crc_of(const std::string& text) {
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

Checkpoint start(const Recipe& recipe, const TrainingData& data, const FitOptions& options) {
    Checkpoint fresh;
    fresh.seed = options.seed;
    fresh.recipe_crc32 = crc_of(to_text(recipe));
    fresh.data_crc32 = crc_of(data.description);
    if (!options.resume) {
        fresh.optimizer = initial_state(options.seed);
        return fresh;
    }
    Checkpoint saved = load_checkpoint(options.checkpoint);
    const std::string name = options.checkpoint.string();
    if (saved.seed != fresh.seed)
        throw Error(ErrorCode::bad_data,
                    name + ": expected seed " + std::to_string(fresh.seed) + ", found " + std::to_string(saved.seed));
    if (saved.recipe_crc32 != fresh.recipe_crc32)
        throw Error(ErrorCode::bad_data, name + ": expected a checkpoint of this recipe, found one of another");
    if (saved.data_crc32 != fresh.data_crc32)
        throw Error(ErrorCode::bad_data, name + ": expected a checkpoint of this data, found one of other data");
    return saved;
}

void validate(EpochReport& report, DataParallel& parallel, std::span<const float> weights, const TrainingData& data,
              bool refuses) {
    int wrong = 0, samples = 0;
    for (const NamedSet& set : data.validation) {
        const int wrong_here = count_wrong(parallel.forward(weights, set.samples.tiles), set.samples.labels, refuses);
        report.validation_errors.push_back(static_cast<double>(wrong_here) / std::max(set.samples.size(), 1));
        wrong += wrong_here;
        samples += set.samples.size();
    }
    report.validation_error = static_cast<double>(wrong) / std::max(samples, 1);
}

// One run of fit(): the state between two steps.
class Run {
  public:
    Run(const Recipe& recipe, const TrainingData& data, const FitOptions& options)
        : recipe_(recipe),
          data_(data),
          seed_(options.seed),
          steps_per_epoch_((data.train.per_epoch + recipe.schedule.batch - 1) / recipe.schedule.batch),
          steps_(steps_per_epoch_ * recipe.schedule.epochs),
          checkpoint_(start(recipe, data, options)),
          parallel_(options.threads) {}

    const Checkpoint& checkpoint() const { return checkpoint_; }
    const std::vector<float>& weights() const { return best_estimate(checkpoint_.optimizer, recipe_.schedule); }
    bool done() const { return done_steps() == steps_; }
    bool between_epochs() const { return done_steps() % steps_per_epoch_ == 0; }
    int epochs_done() const { return static_cast<int>(done_steps() / steps_per_epoch_); }

    StepReport step() {
        const std::int64_t step = done_steps(), step_of_epoch = step % steps_per_epoch_;
        const int epoch = epochs_done();
        const int batch_size = recipe_.schedule.batch;
        const auto first = static_cast<std::uint32_t>(step_of_epoch * batch_size);
        const auto samples = static_cast<std::uint32_t>(data_.train.per_epoch);
        batch_.resize(std::min<std::size_t>(batch_size, samples - first));
        for (std::uint32_t i = 0; i < batch_.size(); ++i)
            batch_[i] = static_cast<int>(permuted(first + i, samples, seed_, static_cast<std::uint32_t>(epoch)));

        OptimizerState& optimizer = checkpoint_.optimizer;
        const LossSettings settings{recipe_.refuses(), static_cast<float>(recipe_.schedule.label_smoothing)};
        const LossSum sum = parallel_.gradient(optimizer.parameters, data_.train, static_cast<std::uint32_t>(epoch),
                                               batch_, settings, gradient_);
        if (!std::isfinite(sum.loss))
            throw Error(ErrorCode::bad_data, "training diverged at step " + std::to_string(step + 1) + " (epoch " +
                                                 std::to_string(epoch + 1) +
                                                 "): expected a finite loss, found none; try a lower learning_rate");
        rate_ = learning_rate(recipe_.schedule, step, steps_, steps_per_epoch_);
        adamw_step(optimizer, gradient_, rate_, recipe_.schedule);
        checkpoint_.loss += sum.loss;
        checkpoint_.wrong += sum.wrong;
        return {step + 1, steps_, epoch + 1, static_cast<int>(batch_.size())};
    }

    EpochReport finish_epoch() {
        EpochReport report;
        report.epoch = epochs_done();
        report.learning_rate = rate_;
        report.loss = checkpoint_.loss / data_.train.per_epoch;
        report.train_error = static_cast<double>(checkpoint_.wrong) / data_.train.per_epoch;
        validate(report, parallel_, weights(), data_, recipe_.refuses());
        if (report.validation_error < checkpoint_.best_error) {
            checkpoint_.best_error = report.validation_error;
            checkpoint_.best_epoch = report.epoch;
        }
        report.best_epoch = static_cast<int>(checkpoint_.best_epoch);
        report.best_error = checkpoint_.best_error;
        checkpoint_.loss = 0;
        checkpoint_.wrong = 0;
        return report;
    }

  private:
    std::int64_t done_steps() const { return checkpoint_.optimizer.step; }

    const Recipe& recipe_;
    const TrainingData& data_;
    std::uint64_t seed_;
    std::int64_t steps_per_epoch_, steps_;
    Checkpoint checkpoint_;
    DataParallel parallel_;
    std::vector<float> gradient_ = std::vector<float>(kParameters);
    std::vector<int> batch_;  // its samples' numbers
    double rate_ = 0;         // of the last step
};

}  // namespace

int count_wrong(std::span<const Scores> logits, std::span<const std::uint8_t> labels, bool refuses) {
    int wrong = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) wrong += most_probable(logits[i], refuses) != labels[i];
    return wrong;
}

FitResult fit(const Recipe& recipe, const TrainingData& data, const FitOptions& options,
              const FitCallbacks& callbacks) {
    Run run(recipe, data, options);
    FitResult result;
    while (!run.done()) {
        callbacks.step(run.step());
        const bool epoch_ends = run.between_epochs();
        if (epoch_ends) {
            result.last = run.finish_epoch();
            callbacks.epoch(result.last);
        }
        const bool stop = !run.done() && callbacks.stop();
        const bool due = epoch_ends && run.epochs_done() % options.checkpoint_epochs == 0;
        if (!options.checkpoint.empty() && (stop || due)) save_checkpoint(options.checkpoint, run.checkpoint());
        if (stop) return result;
    }
    result.finished = true;
    result.weights = run.weights();
    return result;
}

}  // namespace chiffre::training
