// fit_command.cpp -- `train fit`: what is checked before it trains, what it tells meanwhile, what it leaves.
#include <algorithm>
#include <iostream>
#include <optional>

#include "atomic_file.h"
#include "calibrate.h"
#include "commands.h"
#include "curves.h"
#include "data_parallel.h"
#include "epoch_log.h"
#include "error.h"
#include "learner.h"
#include "number_text.h"
#include "progress.h"
#include "shell_quoted.h"
#include "teachers.h"

namespace chiffre::training {
namespace {

// What the command line says instead of the recipe, in the recipe: its text alone then tells how the weights came
// about.
Recipe adapted_recipe(const FitCommand& command) {
    Recipe recipe = read_recipe(command.recipe);
    require_samples(recipe);
    Schedule& schedule = recipe.schedule;
    schedule.epochs = command.epochs.value_or(schedule.epochs);
    const int batch = command.batch.value_or(schedule.batch);
    if (batch == schedule.batch) return recipe;
    const Schedule scaled = with_batch(schedule, batch);
    const double rate = scaled.learning_rate;
    if (rate > kHighestLearningRate)
        throw Error(ErrorCode::usage, "--batch " + std::to_string(batch) + ": expected a learning rate of at most " +
                                          short_text(kHighestLearningRate) + ", found " + short_text(rate));
    std::cerr << "batch " << batch << " instead of " << schedule.batch << ": learning rate " << rate << " instead of "
              << schedule.learning_rate
              << (schedule.optimizer == OptimizerKind::sgd ? ", in proportion" : ", by the square root");
    if (schedule.average_decay > 0)
        std::cerr << "; average_decay " << scaled.average_decay << " instead of " << schedule.average_decay;
    std::cerr << '\n';
    schedule = scaled;
    return recipe;
}

// What the weights make of the validation sets: a temperature that suits all of them, and the errors of each.
struct Verdict {
    float temperature = 1;
    double error = 0;
    std::vector<double> errors;
};

Verdict judge_weights(const std::vector<float>& weights, const TrainingData& data, bool refuses, int threads) {
    DataParallel parallel(threads);
    Verdict verdict;
    std::vector<Scores> all;
    std::vector<std::uint8_t> labels;
    int wrong = 0;
    for (const NamedSet& set : data.validation) {
        const std::vector<Scores> logits = parallel.forward(weights, set.samples.tiles);
        const int here = measure_loss(logits, set.samples.labels, refuses).wrong;
        verdict.errors.push_back(static_cast<double>(here) / std::max(set.samples.size(), 1));
        wrong += here;
        all.insert(all.end(), logits.begin(), logits.end());
        labels.insert(labels.end(), set.samples.labels.begin(), set.samples.labels.end());
    }
    verdict.error = static_cast<double>(wrong) / static_cast<double>(std::max<std::size_t>(labels.size(), 1));
    verdict.temperature = fit_temperature(all, labels, refuses);
    return verdict;
}

// The recipe's file as it was given, but for a folder that other machines do not have.
std::string file_of_recipe(const std::filesystem::path& recipe) {
    return shell_quoted((recipe.is_absolute() ? recipe.filename() : recipe).string());
}

// Where the run was, one column of FitResult::trained_on: "cpu", or "cpu, then cuda" of a run that went on elsewhere.
std::string places(const FitResult& result, bool precision) {
    std::string text;
    for (const std::string& place : result.trained_on) {
        const std::size_t blank = place.find(' ');
        const std::string part = precision ? place.substr(blank + 1) : place.substr(0, blank);
        text += (text.empty() ? "" : ", then ") + part;
    }
    return text;
}

// How the weights came about, so that they can be made again. No dates and no folders: the same command must give the
// same file on another day and another machine.
std::map<std::string, std::string> describe(const Recipe& recipe, const TrainingData& data, const FitCommand& command,
                                            const FitOptions& options, const FitResult& result,
                                            const Verdict& verdict) {
    std::map<std::string, std::string> facts;
    facts["recipe"] = recipe.name;
    facts["recipe_text"] = to_text(recipe);
    facts["seed"] = std::to_string(options.seed);
    facts["data"] = data.description;
    facts["device"] = places(result, false);
    facts["precision"] = places(result, true);
    facts["epochs"] = std::to_string(recipe.schedule.epochs);
    if (recipe.schedule.patience_epochs > 0) facts["kept_epoch"] = std::to_string(result.kept_epoch);
    facts["temperature"] = std::to_string(verdict.temperature);
    facts["validation_error"] = percent_text(verdict.error);
    for (std::size_t i = 0; i < data.validation.size(); ++i)
        facts["validation_error." + data.validation[i].name] = percent_text(verdict.errors[i]);
    facts["command"] = "train fit --data DIR --recipe " + file_of_recipe(command.recipe) + " --seed " + facts["seed"] +
                       " --epochs " + facts["epochs"] + " --batch " + std::to_string(recipe.schedule.batch);
    if (recipe.mix.harvests()) facts["command"] += " --harvest " + shell_quoted(command.harvest.filename().string());
    // No one command gives the bits of a run that went on elsewhere.
    if (result.trained_on.size() == 1)
        facts["command"] += " --device " + facts["device"] + " --precision " + facts["precision"];
    if (!options.teachers.empty()) {
        facts["teachers"] = hashes(options.teachers);
        facts["command"] += " --teachers";
        for (const std::filesystem::path& teacher : command.teachers)
            facts["command"] += " " + shell_quoted(teacher.filename().string());
    }
    if (recipe.photo()) facts["no_digit"] = recipe.no_digit_fact();
    if (recipe.view == TileView::context) facts["view"] = name_of(recipe.view);
    return facts;
}

}  // namespace

bool run_fit(const FitCommand& command, const std::function<bool()>& stop) {
    // All that can be refused is refused before data is read, which takes longest.
    const Recipe recipe = adapted_recipe(command);
    FitOptions options = command.options;
    options.device = parse_device(command.device);
    options.precision = parse_training_precision(command.precision);
    options.device = training_device(options, [](const std::string& line) { std::cerr << "train: " + line + "\n"; });
    require_together(options.device);
    require_teachers(recipe, command.teachers.size());
    require_harvested(recipe, command.harvest);
    options.teachers = load_teachers(command.teachers, recipe);
    const bool own_checkpoint = options.checkpoint.empty();
    if (own_checkpoint) options.checkpoint = command.output.string() + ".checkpoint";
    if (own_checkpoint && !options.resume && std::filesystem::exists(options.checkpoint))
        throw Error(ErrorCode::usage,
                    options.checkpoint.string() +
                        ": expected no checkpoint of an interrupted run; --resume goes on from it, or remove it");
    for (const std::filesystem::path& path : {command.output, options.checkpoint})
        const AtomicFile can_be_written(path);
    if (options.resume) options.start = std::make_shared<const Checkpoint>(checkpoint_of_this_run(recipe, options));
    std::optional<EpochLog> log;
    if (!command.log.empty()) log.emplace(command.log);
    std::optional<CurvePicture> picture;
    if (!command.plot.empty()) picture.emplace(command.plot, recipe.name + ", seed " + std::to_string(options.seed));

    const TrainingData data = load_data(recipe, {command.data, command.fonts, command.harvest}, options.seed);
    std::cerr << "learning from " << data.description << ", on " << device_text(options.device) << " in "
              << precision_name(options.precision) << '\n';
    std::vector<std::string> names;
    for (const NamedSet& set : data.validation) names.push_back(set.name);
    Progress progress(names);
    if (log) log->begin(options.start ? options.start->curve.size() : 0);
    FitCallbacks callbacks;
    callbacks.stop = stop;
    callbacks.step = [&](const StepReport& report) { progress.step(report); };
    callbacks.epoch = [&](const EpochReport& report, std::span<const CurvePoint> curve) {
        progress.epoch(report, recipe.schedule.epochs);
        if (log) log->write(report, data, progress.images_per_s());
        if (picture) picture->follow(curve);
    };
    FitResult result = fit(recipe, data, options, callbacks);
    if (!result.finished) {
        progress.end();
        std::cerr << "interrupted; --resume goes on from " << options.checkpoint.string() << '\n';
        if (picture) picture->draw_now(result.curve);
        return false;
    }
    if (result.curve.size() < static_cast<std::size_t>(recipe.schedule.epochs))
        std::cerr << "no better for " << recipe.schedule.patience_epochs << " epochs: stopped after "
                  << result.curve.size() << ", kept the weights of epoch " << result.kept_epoch << '\n';

    for (int digit = 0; digit < kClasses; ++digit)
        result.weights[static_cast<std::size_t>(bias_offset(kOutput) + digit)] +=
            static_cast<float>(recipe.digit_log_odds);
    const Verdict verdict = judge_weights(result.weights, data, recipe.refuses(), options.threads);
    Weights weights;
    weights.values = result.weights;
    weights.metadata = describe(recipe, data, command, options, result, verdict);
    save_weights(command.output, weights);
    if (own_checkpoint) std::filesystem::remove(options.checkpoint);
    std::cerr << "wrote " << command.output.string() << ", weights " << weights_hash(weights) << '\n';
    if (picture) picture->draw_now(result.curve);
    return true;
}

}  // namespace chiffre::training
