// training_ladder.cpp -- the rungs, the race up, the table.
#include "bench/training_ladder.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "cuda_engine.h"
#include "error.h"
#ifdef CHIFFRE_HAS_CUDA
#include "bench/gpu_learners.h"
#endif

namespace chiffre::bench {
namespace {

using training::FitOptions;
using training::Recipe;
using training::TrainingData;
using training::TrainingPrecision;

constexpr int kLargeBatch = 2'048;

Recipe of_batch(Recipe recipe, int batch) {
    recipe.schedule = with_batch(recipe.schedule, batch);
    return recipe;
}

// A learning rate that rises and falls once within few epochs, and higher than one that is meant for many (Smith, "A
// disciplined approach to neural network hyper-parameters", 2018). Chosen on the validation part of MNIST's training
// set, for an error of 1 % with several seeds. The moving average reaches less far back, for the run is short.
Recipe in_one_cycle(Recipe recipe) {
    constexpr int kEpochs = 14;
    constexpr double kRise = 3.0 / 14, kHigher = 3, kAverageDecay = 0.99;
    training::Schedule& schedule = recipe.schedule;
    schedule.optimizer = training::OptimizerKind::nadam;
    schedule.shape = training::ScheduleShape::one_cycle;
    schedule.epochs = std::min(schedule.epochs, kEpochs);
    schedule.warmup_epochs = kRise * schedule.epochs;
    schedule.learning_rate *= kHigher;
    schedule.average_decay = std::min(schedule.average_decay, kAverageDecay);
    return recipe;
}

// Empty where there is nothing against it.
std::string why_not_opened(const OpenLearner& open, const Recipe& recipe) {
    try {
        open(recipe, training::initial_state(1));
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

std::string why_not_two(const OpenLearner& two, const Recipe& recipe) {
    const int gpus = cuda::find_gpus().count;
    return gpus < 2 ? "expected two GPUs, found " + std::to_string(gpus) : why_not_opened(two, recipe);
}

std::string rounded(double value, const char* format) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string target_name(const TrainingLimits& limits) {
    return rounded(100 * limits.target_error, "%g %%");
}

std::string remark(const Climbed& rung, const TrainingLimits& limits) {
    if (!rung.curve) return "SKIPPED: " + rung.why_not;
    if (rung.curve->reached) return "";
    const double lowest = std::min_element(rung.curve->epochs.begin(), rung.curve->epochs.end(),
                                           [](const CurveEpoch& a, const CurveEpoch& b) {
                                               return a.validation_error < b.validation_error;
                                           })
                              ->validation_error;
    return "not " + target_name(limits) + " in " + std::to_string(rung.curve->epochs.size()) + " epochs; lowest " +
           rounded(100 * lowest, "%.2f %%");
}

}  // namespace

std::vector<Rung> training_rungs(const Recipe& recipe, const TrainingData& data, std::uint64_t seed,
                                 const GpuChoice& gpu) {
    FitOptions one_core{.seed = seed, .threads = 1}, all_cores{.seed = seed};
    FitOptions fp32{.seed = seed, .device = {Device::Kind::cuda, {gpu.index}}};
    FitOptions mixed = fp32;
    mixed.precision = TrainingPrecision::mixed;
    std::vector<Rung> rungs{{"CPU, one core", recipe, by_options(data, one_core)},
                            {"CPU, all cores", recipe, by_options(data, all_cores)}};
    const auto add = [&](const std::string& name, const Recipe& its, const OpenLearner& open) -> Rung& {
        return rungs.emplace_back(Rung{name, its, open, gpu.why_not});
    };
    const bool has_gpu = gpu.index != kNoGpu;
    OpenLearner first, resident, graph;
#ifdef CHIFFRE_HAS_CUDA
    first = layered_fed_by_host(data, seed, gpu.index);
    resident = layered_on_resident_data(data, seed, gpu.index);
    graph = layered_in_a_graph(data, seed, gpu.index);
#endif
    add("GPU, a launch for each pass, samples from the CPU", recipe, first);
    add("+ data resident, samples made on the GPU", recipe, resident);
    add("+ launches in a CUDA graph", recipe, graph);
    add("fused: an epoch in one launch", recipe, by_options(data, fp32));

    Rung& halves = add("+ mixed precision", recipe, by_options(data, mixed));
    halves.tolerance = {.loss = 5e-3, .gradient = 2e-2};  // halves have 11 bits
    if (has_gpu) halves.why_not = why_not_opened(halves.open, recipe);
    const StepTolerance tolerance = halves.why_not.empty() ? halves.tolerance : StepTolerance{};
    FitOptions best = halves.why_not.empty() ? mixed : fp32;

    // A large batch takes few steps, and a short run has none to spare: it is one of the recipe's own batch again, and
    // of a batch for each GPU where there are two.
    const Recipe large = of_batch(recipe, kLargeBatch), sprint = in_one_cycle(recipe);
    const Recipe two_batches = of_batch(sprint, 2 * sprint.schedule.batch);
    add("+ batch " + std::to_string(kLargeBatch), large, by_options(data, best)).tolerance = tolerance;
    add("+ Nadam, one cycle of " + std::to_string(sprint.schedule.epochs) + " epochs, batch " +
            std::to_string(sprint.schedule.batch),
        sprint, by_options(data, best))
        .tolerance = tolerance;
    best.device.indices.push_back(gpu.index == 0 ? 1 : 0);
    Rung& two =
        add("+ a second GPU, batch " + std::to_string(two_batches.schedule.batch), two_batches, by_options(data, best));
    two.tolerance = tolerance;
    if (has_gpu) two.why_not = why_not_two(two.open, two_batches);
    return rungs;
}

std::vector<Climbed> climb(std::span<const Rung> rungs, const TrainingData& data, std::uint64_t seed,
                           const TrainingLimits& limits) {
    const OpenLearner reference = by_options(data, {.seed = seed});
    for (const Rung& rung : rungs)
        if (rung.why_not.empty())
            check_first_steps(rung.name, rung.open, "the CPU", reference, rung.recipe, data, seed, rung.tolerance);
    std::vector<Climbed> climbed;
    for (const Rung& rung : rungs) {
        Climbed result{rung.name, rung.why_not, rung.recipe.schedule.batch, {}};
        if (rung.why_not.empty()) {
            std::cerr << rung.name << ": " << std::flush;
            result.curve = follow_training(rung.open, rung.recipe, data, seed, limits);
            std::cerr << rounded(result.curve->training_s, "%.3g s, ") << result.curve->epochs.size() << " epochs\n";
        } else {
            std::cerr << "bench: SKIPPED: " << rung.name << ": " << rung.why_not << '\n';
        }
        climbed.push_back(std::move(result));
    }
    return climbed;
}

Table ladder_table(std::span<const Climbed> rungs, const TrainingLimits& limits) {
    Table table({{"training", Kind::text},
                 {"device", Kind::text},
                 {"batch", Kind::count},
                 {"epochs", Kind::count},
                 {"to_target", Kind::time},
                 {"over_row_before", Kind::number},
                 {"over_first", Kind::number},
                 {"images_per_s", Kind::rate},
                 {"step", Kind::time},
                 {"validation_error", Kind::share},
                 {"remark", Kind::text}});
    double first = kNone, before = kNone;  // seconds to the target of rows that reached it
    for (const Climbed& rung : rungs) {
        std::vector<Cell> cells{rung.name};
        if (rung.curve) {
            const TrainingCurve& curve = *rung.curve;
            const double to_target = curve.reached ? curve.training_s : kNone;
            for (Cell cell : {Cell{curve.device}, Cell{std::int64_t{rung.batch}},
                              Cell{static_cast<std::int64_t>(curve.epochs.size())}, Cell{to_target},
                              Cell{before / to_target}, Cell{first / to_target}, Cell{curve.images_per_s()},
                              Cell{curve.training_s / static_cast<double>(curve.steps)},
                              Cell{curve.epochs.back().validation_error}})
                cells.push_back(std::move(cell));
            if (curve.reached) before = to_target;
            if (curve.reached && std::isnan(first)) first = to_target;
        } else {
            cells.resize(table.columns().size() - 1);
        }
        cells.emplace_back(remark(rung, limits));
        table.add(std::move(cells));
    }
    return table;
}

Plot ladder_plot(std::span<const Climbed> rungs, const TrainingLimits& limits) {
    Plot plot{.title = "training to a validation error of " + target_name(limits),
              .x_label = "seconds of training",
              .y_label = "validation error (%)",
              .log_x = true,
              .log_y = true,
              .series = {}};
    for (const Climbed& rung : rungs) {
        if (!rung.curve) continue;
        Series series{rung.name, {}};
        for (const CurveEpoch& epoch : rung.curve->epochs)
            series.points.emplace_back(epoch.training_s, 100 * epoch.validation_error);
        plot.series.push_back(std::move(series));
    }
    return plot;
}

}  // namespace chiffre::bench
