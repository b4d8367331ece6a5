// training_ladder.h -- what each acceleration of training buys: the same recipe and seed, trained to the same
// validation error, one rung after the other. Each rung keeps what the ones before it brought.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/gpu.h"
#include "bench/table.h"
#include "bench/training_curve.h"
#include "plot/plot.h"

namespace chiffre::bench {

struct Rung {
    std::string name;
    training::Recipe recipe;
    OpenLearner open;
    std::string why_not = {};      // it cannot be measured here; empty: it can
    StepTolerance tolerance = {};  // of its first steps beside the CPU's, by the same recipe
};

// They keep references to `data`. The first two are the CPU's.
std::vector<Rung> training_rungs(const training::Recipe& recipe, const training::TrainingData& data, std::uint64_t seed,
                                 const GpuChoice& gpu);

struct Climbed {
    std::string name, why_not;
    int batch = 0;
    std::optional<TrainingCurve> curve;  // none where it could not be measured
};

// Checks every rung's first steps, then trains each until `limits` end it. Talks on standard error. Throws Error.
std::vector<Climbed> climb(std::span<const Rung> rungs, const training::TrainingData& data, std::uint64_t seed,
                           const TrainingLimits& limits);

Table ladder_table(std::span<const Climbed> rungs, const TrainingLimits& limits);
// Validation error over seconds of training.
Plot ladder_plot(std::span<const Climbed> rungs, const TrainingLimits& limits);

}  // namespace chiffre::bench
