// fit.cpp -- epochs, validation, checkpoints around a learner's steps. Everything random is a function of seed, epoch
// and index, so a run that goes on from a checkpoint draws what it would have drawn.
#include "fit.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "error.h"
#include "learner.h"
#include "teachers.h"

namespace chiffre::training {
namespace {

using Clock = std::chrono::steady_clock;

// A run's name, but for its data: what its checkpoints must have.
Checkpoint identity(const Recipe& recipe, const FitOptions& options) {
    Checkpoint fresh;
    fresh.seed = options.seed;
    fresh.recipe_crc32 = crc_of(to_text(recipe));
    fresh.teachers_crc32 = crc_of(hashes(options.teachers));
    return fresh;
}

std::string checkpoint_name(const FitOptions& options) {
    return options.checkpoint.empty() ? "checkpoint" : options.checkpoint.string();
}

void require_identity(const Checkpoint& saved, const Checkpoint& expected, const std::string& name) {
    if (saved.seed != expected.seed)
        throw Error(ErrorCode::bad_data, name + ": expected seed " + std::to_string(expected.seed) + ", found " +
                                             std::to_string(saved.seed));
    if (saved.recipe_crc32 != expected.recipe_crc32)
        throw Error(ErrorCode::bad_data, name + ": expected a checkpoint of this recipe, found one of another");
    if (saved.teachers_crc32 != expected.teachers_crc32)
        throw Error(ErrorCode::bad_data, name + ": expected a checkpoint of these teachers, found one of others");
}

Checkpoint start(const Recipe& recipe, const TrainingData& data, const FitOptions& options) {
    Checkpoint fresh = identity(recipe, options);
    fresh.data_crc32 = crc_of(data.description);
    if (!options.resume && !options.start) {
        fresh.optimizer = initial_state(options.seed);
        return fresh;
    }
    Checkpoint saved = options.start ? *options.start : load_checkpoint(options.checkpoint);
    require_identity(saved, fresh, checkpoint_name(options));
    if (saved.data_crc32 != fresh.data_crc32)
        throw Error(ErrorCode::bad_data,
                    checkpoint_name(options) + ": expected a checkpoint of this data, found one of other data");
    return saved;
}

// Learner::device() without what is not in the bits: "cpu", "cuda", and for two GPUs "cuda:0,1", whichever they are.
std::string kind_and_number(const std::string& device) {
    std::string text = device.substr(0, device.find(':'));
    const auto others = std::count(device.begin(), device.end(), ',');
    if (others > 0) text += ":0";
    for (int i = 1; i <= others; ++i) text += "," + std::to_string(i);
    return text;
}

// One run of fit(): the state between two calls of the learner.
class Run {
  public:
    Run(const Recipe& recipe, const TrainingData& data, const FitOptions& options)
        : schedule_(recipe.schedule),
          data_(data),
          steps_(step_count(recipe.schedule, data)),
          checkpoint_(start(recipe, data, options)),
          step_(checkpoint_.optimizer.step),
          seconds_before_(checkpoint_.seconds),
          precision_(precision_name(options.precision)),
          learner_(open_learner(recipe, data, options, checkpoint_.optimizer)) {}

    bool done() const { return step_ == steps_.all || out_of_patience(); }
    bool between_epochs() const { return step_ % steps_.per_epoch == 0; }
    int epochs_done() const { return static_cast<int>(step_ / steps_.per_epoch); }

    StepReport advance() {
        const std::int64_t left = steps_.per_epoch - step_ % steps_.per_epoch;
        const int count = static_cast<int>(std::min<std::int64_t>(learner_->steps_at_once(), left));
        const int epoch = epochs_done() + 1;
        const std::int64_t before = samples_done();
        const Clock::time_point begin = Clock::now();
        const std::vector<LossSum> sums = learner_->advance(count);
        const std::chrono::duration<double> seconds = Clock::now() - begin;
        for (const LossSum& sum : sums) {
            ++step_;
            if (!std::isfinite(sum.loss))
                throw Diverged(step_, "training diverged at step " + std::to_string(step_) + " (epoch " +
                                          std::to_string(epoch) +
                                          "): expected a finite loss, found none; try a lower learning_rate");
            checkpoint_.loss += sum.loss;
            checkpoint_.wrong += sum.wrong;
        }
        note_where();
        StepReport report{step_, steps_.all, epoch, count, samples_done() - before, seconds.count()};
        const auto seen = static_cast<double>(samples_done() - (epoch - 1) * std::int64_t{data_.train.per_epoch});
        report.loss = checkpoint_.loss / seen;
        report.error = static_cast<double>(checkpoint_.wrong) / seen;
        return report;
    }

    EpochReport finish_epoch() {
        EpochReport report;
        report.epoch = epochs_done();
        report.step = step_;
        report.seconds = seconds();
        report.device = learner_->device();
        report.learning_rate = learning_rate(schedule_, step_ - 1, steps_.all, steps_.per_epoch);
        report.loss = checkpoint_.loss / data_.train.per_epoch;
        report.train_error = static_cast<double>(checkpoint_.wrong) / data_.train.per_epoch;
        validate(report);
        if (report.validation_error < checkpoint_.best_error) {
            checkpoint_.best_error = report.validation_error;
            checkpoint_.best_epoch = report.epoch;
            if (schedule_.patience_epochs > 0) checkpoint_.best = best_estimate(learner_->state(), schedule_);
        }
        report.best_epoch = static_cast<int>(checkpoint_.best_epoch);
        report.best_error = checkpoint_.best_error;
        checkpoint_.loss = 0;
        checkpoint_.wrong = 0;
        checkpoint_.curve.push_back({report.loss, report.train_error, report.validation_loss, report.validation_error});
        return report;
    }

    const std::vector<CurvePoint>& curve() const { return checkpoint_.curve; }

    const Checkpoint& checkpoint() {
        checkpoint_.optimizer = learner_->state();
        checkpoint_.seconds = seconds();
        return checkpoint_;
    }

    // Fills in what a finished run leaves.
    void give(FitResult& result) {
        const bool best = schedule_.patience_epochs > 0 && checkpoint_.best_epoch > 0;
        result.finished = true;
        result.weights = best ? checkpoint_.best : best_estimate(learner_->state(), schedule_);
        result.kept_epoch = best ? static_cast<int>(checkpoint_.best_epoch) : epochs_done();
        result.curve = checkpoint_.curve;
        result.trained_on = checkpoint_.trained_on;
    }

  private:
    double seconds() const { return seconds_before_ + std::chrono::duration<double>(Clock::now() - start_).count(); }

    void note_where() {
        std::vector<std::string>& places = checkpoint_.trained_on;
        const std::string here = kind_and_number(learner_->device()) + " " + precision_;
        if (places.empty() || places.back() != here) places.push_back(here);
    }

    bool out_of_patience() const {
        return schedule_.patience_epochs > 0 && between_epochs() &&
               epochs_done() - checkpoint_.best_epoch >= schedule_.patience_epochs;
    }

    std::int64_t samples_done() const {
        return epochs_done() * std::int64_t{data_.train.per_epoch} + step_ % steps_.per_epoch * schedule_.batch;
    }

    void validate(EpochReport& report) {
        const std::vector<LossSum> sums = learner_->validate();
        int samples = 0;
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const int here = data_.validation[i].samples.size();
            report.validation_errors.push_back(static_cast<double>(sums[i].wrong) / std::max(here, 1));
            report.validation_loss += sums[i].loss;
            report.validation_error += sums[i].wrong;
            samples += here;
        }
        report.validation_loss /= std::max(samples, 1);
        report.validation_error /= std::max(samples, 1);
    }

    const Schedule& schedule_;
    const TrainingData& data_;
    StepCount steps_;
    Checkpoint checkpoint_;  // its optimizer's state is only that of the moment when it is saved
    std::int64_t step_;      // done
    double seconds_before_;  // of the run before this stretch of it
    std::string precision_;
    std::unique_ptr<Learner> learner_;
    Clock::time_point start_ = Clock::now();  // of this stretch: the learner is ready
};

}  // namespace

Checkpoint checkpoint_of_this_run(const Recipe& recipe, const FitOptions& options) {
    Checkpoint saved = load_checkpoint(options.checkpoint);
    require_identity(saved, identity(recipe, options), checkpoint_name(options));
    return saved;
}

FitResult fit(const Recipe& recipe, const TrainingData& data, const FitOptions& options,
              const FitCallbacks& callbacks) {
    require_teachers(recipe, options.teachers.size());
    Run run(recipe, data, options);
    FitResult result;
    // On a GPU an epoch takes less time than writing a checkpoint.
    constexpr std::chrono::seconds kCheckpointEvery(10);
    Clock::time_point saved = Clock::now();
    while (!run.done()) {
        callbacks.step(run.advance());
        const bool epoch_ends = run.between_epochs();
        if (epoch_ends) {
            result.last = run.finish_epoch();
            callbacks.epoch(result.last, run.curve());
        }
        const bool stop = !run.done() && callbacks.stop();
        const bool due =
            epoch_ends && (options.checkpoint_epochs == 0 ? Clock::now() - saved >= kCheckpointEvery
                                                          : run.epochs_done() % options.checkpoint_epochs == 0);
        if (!options.checkpoint.empty() && (stop || due)) {
            save_checkpoint(options.checkpoint, run.checkpoint());
            saved = Clock::now();
        }
        if (stop) {
            result.stopped_at = std::make_shared<const Checkpoint>(run.checkpoint());
            result.curve = run.curve();
            return result;
        }
    }
    run.give(result);
    return result;
}

}  // namespace chiffre::training
