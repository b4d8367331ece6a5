// train_bench.cpp -- the same recipe trained on the CPU and then on the GPU, and the ladder of accelerations between
// one core and all that there is.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "bench/laboratory.h"
#include "bench/training_curve.h"
#include "bench/training_ladder.h"
#include "training/commands.h"
#include "training/seed_option.h"

namespace chiffre::bench {
namespace {

// Of the ladder, where the command line does not say: an error of 1 % then comes after some 15 epochs of the mnist
// recipe, whose own 150 would keep the learning rate high for longer than one core has time.
constexpr int kLadderEpochs = 30;

struct TrainOptions {
    LabOptions lab;
    std::filesystem::path data, recipe = "weights/recipes/mnist.recipe";
    std::optional<int> epochs;
    std::uint64_t seed = 1;
    bool ladder = false;
    double target_percent = 1.0, budget_s = 60;
};

Table race_table(std::span<const TrainingCurve> curves) {
    Table table({{"device", Kind::text},
                 {"epochs", Kind::count},
                 {"training", Kind::time},
                 {"whole", Kind::time},
                 {"images_per_s", Kind::rate},
                 {"validation_error", Kind::share},
                 {"validation_loss", Kind::number},
                 {"speedup_training", Kind::number},
                 {"speedup_whole", Kind::number}});
    for (const TrainingCurve& curve : curves)
        table.add({curve.device, static_cast<std::int64_t>(curve.epochs.size()), curve.training_s, curve.whole_s,
                   curve.images_per_s(), curve.epochs.back().validation_error, curve.epochs.back().validation_loss,
                   curves.front().training_s / curve.training_s, curves.front().whole_s / curve.whole_s});
    return table;
}

// Two panels over the seconds of training, on an axis that has room for both devices.
std::vector<Plot> race_plots(std::span<const TrainingCurve> curves, const std::string& title) {
    Plot error{.title = title,
               .x_label = "seconds of training",
               .y_label = "validation error (%)",
               .log_x = true,
               .log_y = true,
               .series = {}};
    Plot loss = error;
    loss.title = "";
    loss.y_label = "validation loss (nats)";
    for (const TrainingCurve& curve : curves) {
        Series errors{curve.device, {}}, losses{curve.device, {}};
        for (const CurveEpoch& epoch : curve.epochs) {
            errors.points.emplace_back(epoch.training_s, 100 * epoch.validation_error);
            losses.points.emplace_back(epoch.training_s, epoch.validation_loss);
        }
        error.series.push_back(std::move(errors));
        loss.series.push_back(std::move(losses));
    }
    return {error, loss};
}

void race(const Laboratory& laboratory, const training::Recipe& recipe, const training::TrainingData& data,
          std::uint64_t seed) {
    const OpenLearner on_cpu = by_options(data, {.seed = seed});
    const OpenLearner on_gpu =
        by_options(data, {.seed = seed, .device = {Device::Kind::cuda, {laboratory.gpu().index}}});
    const bool has_gpu = laboratory.gpu().index != kNoGpu;
    laboratory.say_skipped_without_gpu("training on the GPU");
    if (has_gpu) check_first_steps("training on the GPU", on_gpu, "the CPU", on_cpu, recipe, data, seed);

    std::vector<TrainingCurve> curves;
    const auto run = [&](const char* name, const OpenLearner& open) {
        std::cerr << "training on the " << name << ", " << recipe.schedule.epochs << " epochs\n";
        curves.push_back(follow_training(open, recipe, data, seed));
    };
    run("CPU", on_cpu);
    if (has_gpu) run("GPU", on_gpu);
    laboratory.publish(race_table(curves), race_plots(curves, recipe.name + ", seed " + std::to_string(seed)));
}

void run_train(const TrainOptions& options) {
    const Laboratory laboratory(options.lab);
    training::Recipe recipe = training::read_recipe(options.recipe);
    require_samples(recipe);
    int& epochs = recipe.schedule.epochs;
    epochs = options.epochs.value_or(options.ladder ? std::min(epochs, kLadderEpochs) : epochs);
    const training::TrainingData data =
        training::load_data(recipe, {options.data, training::FitCommand{}.fonts, {}}, options.seed);
    if (!options.ladder) return race(laboratory, recipe, data, options.seed);

    const TrainingLimits limits{.target_error = options.target_percent / 100, .budget_s = options.budget_s};
    const std::vector<Rung> rungs = training_rungs(recipe, data, options.seed, laboratory.gpu());
    const std::vector<Climbed> climbed = climb(rungs, data, options.seed, limits);
    laboratory.publish(ladder_table(climbed, limits), ladder_plot(climbed, limits));
}

}  // namespace

Subcommand declare_train(CLI::App& bench) {
    const auto options = std::make_shared<TrainOptions>();
    CLI::App* command =
        bench.add_subcommand("train", "training on the CPU and on the GPU, and what each step between buys");
    command->add_option("--data", options->data, "Folder with MNIST's .gz files")->type_name("DIR")->required();
    command->add_option("--recipe", options->recipe, "What to train")->type_name("FILE")->capture_default_str();
    command->add_option("--epochs", options->epochs, "Instead of the recipe's, or of 30 for the ladder")
        ->check(CLI::Range(1, 100'000));
    command->add_option("--seed", options->seed, "Of everything random")
        ->check(training::without_sign())
        ->capture_default_str();
    CLI::Option* ladder = command->add_flag("--ladder", options->ladder,
                                            "Train by one acceleration more each time, to the same validation error");
    command->add_option("--target-error", options->target_percent, "Validation error to reach, in %")
        ->check(CLI::Range(0.0, 100.0))
        ->needs(ladder)
        ->capture_default_str();
    command->add_option("--budget", options->budget_s, "Seconds of training that a row of the ladder may take")
        ->check(CLI::PositiveNumber)
        ->needs(ladder)
        ->capture_default_str();
    add_output_options(*command, options->lab);
    return {command, [options] { run_train(*options); }};
}

}  // namespace chiffre::bench
