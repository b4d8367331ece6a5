// fit.h -- the training loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "checkpoint.h"
#include "error.h"
#include "fit_options.h"
#include "recipe.h"
#include "samples.h"

namespace chiffre::training {

struct StepReport {
    std::int64_t step = 0, steps = 0;  // done, of the whole run
    int epoch = 0;                     // counted from 1
    int new_steps = 0;                 // since the report before
    std::int64_t samples = 0;          // of those
    double seconds = 0;                // that those took: samples, gradients and updates alone
    double loss = 0, error = 0;        // mean over what the epoch has had so far
};

struct EpochReport {
    int epoch = 0;          // counted from 1
    std::int64_t step = 0;  // done, of the whole run
    double seconds = 0;     // of the whole run, without the time between a stop and a resumption
    std::string device;     // as Learner::device()
    double learning_rate = 0;
    double loss = 0;                        // mean over the epoch, with label smoothing
    double train_error = 0;                 // share, on augmented samples, while learning
    double validation_loss = 0;             // mean over all sets, of labels as they are
    double validation_error = 0;            // share over all sets
    std::vector<double> validation_errors;  // share in each of TrainingData::validation
    int best_epoch = 0;
    double best_error = 1;
};

struct FitCallbacks {
    std::function<void(const StepReport&)> step = [](const StepReport&) {};
    // The curve has a point for every epoch of the run, this one and those before a resumption included.
    std::function<void(const EpochReport&, std::span<const CurvePoint>)> epoch = [](const EpochReport&,
                                                                                    std::span<const CurvePoint>) {};
    std::function<bool()> stop = [] { return false; };  // asked after every step report
};

struct FitResult {
    bool finished = false;                         // else stopped; the checkpoint has what there is
    std::shared_ptr<const Checkpoint> stopped_at;  // of a run that stopped: FitOptions::start goes on from it
    std::vector<float> weights;
    int kept_epoch = 0;  // that `weights` are of, counted from 1: the best where the recipe has patience, else the last
    EpochReport last;    // of this run; epoch 0 where a resumed run had nothing left to do
    std::vector<CurvePoint> curve;
    std::vector<std::string> trained_on;  // as Checkpoint's
};

// The loss is no longer finite. Its code is bad_data.
class Diverged : public Error {
  public:
    Diverged(std::int64_t step, const std::string& message) : Error(ErrorCode::bad_data, message), step_(step) {}
    std::int64_t step() const { return step_; }  // counted from 1

  private:
    std::int64_t step_;
};

// options.checkpoint, which is to be gone on from: all that can be told of it before there is data. Throws what
// load_checkpoint() throws, and Error(bad_data) where it belongs to another recipe, seed or teachers.
Checkpoint checkpoint_of_this_run(const Recipe& recipe, const FitOptions& options);

// Trains from the start, or from the checkpoint. The result depends on recipe, data, seed and teachers, and in its bits
// on the device; not on threads, stops and resumptions. Throws Diverged, naming the step; Error: bad_data where the
// checkpoint belongs to another recipe, seed, data or teachers; usage where the recipe
// distills and there are no teachers, or the other way round; what open_learner() and checkpoints throw.
FitResult fit(const Recipe& recipe, const TrainingData& data, const FitOptions& options, const FitCallbacks& callbacks);

}  // namespace chiffre::training
