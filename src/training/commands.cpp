// commands.cpp -- the three subcommands of `train`.
#include "commands.h"

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "calibrate.h"
#include "data_parallel.h"
#include "error.h"
#include "evaluate.h"
#include "idx.h"
#include "mnist_data.h"
#include "photo_data.h"
#include "picture.h"
#include "progress.h"

namespace chiffre::training {
namespace {

TrainingData load_data(const Recipe& recipe, const std::filesystem::path& mnist, const std::filesystem::path& fonts,
                       std::uint64_t seed) {
    return recipe.refuses() ? photo_data({mnist, fonts}, recipe, seed) : mnist_data(mnist, recipe, seed);
}

void append_line(const std::filesystem::path& path, const nlohmann::ordered_json& line) {
    std::ofstream file(path, std::ios::app);
    file << line.dump() << std::endl;
    if (!file) throw Error(ErrorCode::unwritable, path.string() + ": the log cannot be written");
}

nlohmann::ordered_json as_json(const EpochReport& report, const TrainingData& data, double images_per_s) {
    nlohmann::ordered_json line{{"epoch", report.epoch},
                                {"learning_rate", report.learning_rate},
                                {"loss", report.loss},
                                {"train_error", report.train_error},
                                {"validation_error", report.validation_error}};
    for (std::size_t i = 0; i < data.validation.size(); ++i)
        line["validation"][data.validation[i].name] = report.validation_errors[i];
    line["images_per_s"] = images_per_s;
    return line;
}

std::string percent(double share) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f %%", 100 * share);
    return text;
}

// One sequence of all validation sets, to fit the temperature on.
LabelledTiles joined(const std::vector<NamedSet>& sets) {
    LabelledTiles all;
    for (const NamedSet& set : sets) {
        all.tiles.insert(all.tiles.end(), set.samples.tiles.begin(), set.samples.tiles.end());
        all.labels.insert(all.labels.end(), set.samples.labels.begin(), set.samples.labels.end());
    }
    return all;
}

// How the weights came about, so that they can be made again. No dates and no folders: the same command must give the
// same file on another day and another machine.
std::map<std::string, std::string> describe(const Recipe& recipe, const TrainingData& data, const FitResult& result,
                                            std::uint64_t seed, float temperature) {
    std::map<std::string, std::string> facts;
    facts["recipe"] = recipe.name;
    facts["recipe_text"] = to_text(recipe);
    facts["seed"] = std::to_string(seed);
    facts["data"] = data.description;
    facts["epochs"] = std::to_string(recipe.schedule.epochs);
    facts["temperature"] = std::to_string(temperature);
    facts["validation_error"] = percent(result.last.validation_error);
    for (std::size_t i = 0; i < data.validation.size(); ++i)
        facts["validation_error." + data.validation[i].name] = percent(result.last.validation_errors[i]);
    facts["command"] = "train fit --data DIR --recipe weights/recipes/" + recipe.name + ".recipe --seed " +
                       std::to_string(seed) + " --epochs " + std::to_string(recipe.schedule.epochs) + " --batch " +
                       std::to_string(recipe.schedule.batch);
    if (recipe.refuses()) facts["no_digit"] = "zero_logit";
    return facts;
}

}  // namespace

bool run_fit(const FitCommand& command, const std::function<bool()>& stop) {
    Recipe recipe = read_recipe(command.recipe);
    recipe.schedule.epochs = command.epochs.value_or(recipe.schedule.epochs);
    recipe.schedule.batch = command.batch.value_or(recipe.schedule.batch);
    FitOptions options = command.options;
    const bool own_checkpoint = options.checkpoint.empty();
    if (own_checkpoint) options.checkpoint = command.output.string() + ".checkpoint";
    const TrainingData data = load_data(recipe, command.data, command.fonts, options.seed);
    std::cerr << "learning from " << data.description << '\n';

    std::vector<std::string> names;
    for (const NamedSet& set : data.validation) names.push_back(set.name);
    Progress progress(names);
    FitCallbacks callbacks;
    callbacks.stop = stop;
    callbacks.step = [&](const StepReport& report) { progress.step(report); };
    callbacks.epoch = [&](const EpochReport& report, std::span<const CurvePoint>) {
        progress.epoch(report, recipe.schedule.epochs);
        if (!command.log.empty()) append_line(command.log, as_json(report, data, progress.images_per_s()));
    };
    const FitResult result = fit(recipe, data, options, callbacks);
    if (!result.finished) {
        std::cerr << "\ninterrupted; --resume goes on from " << options.checkpoint.string() << '\n';
        return false;
    }

    const LabelledTiles validation = joined(data.validation);
    const std::vector<Scores> logits = DataParallel(options.threads).forward(result.weights, validation.tiles);
    const float temperature = fit_temperature(logits, validation.labels, recipe.refuses());
    Weights weights;
    weights.values = result.weights;
    weights.metadata = describe(recipe, data, result, options.seed, temperature);
    save_weights(command.output, weights);
    if (own_checkpoint) std::filesystem::remove(options.checkpoint);
    std::cerr << "wrote " << command.output.string() << ", weights " << weights_hash(weights) << '\n';
    return true;
}

void run_evaluate(const EvaluateCommand& command, std::ostream& out) {
    const Weights weights = command.weights.empty() ? default_weights() : load_weights(command.weights);
    const ScoreMeaning meaning = score_meaning(weights);
    const std::unique_ptr<Engine> engine =
        open_engine(parse_device(command.device), weights, Precision::fp32,
                    [](const std::string& line) { std::cerr << "train: " + line + "\n"; });
    const bool test = command.split == "test";
    const LabelledTiles samples = test ? load_mnist(command.data, MnistPart::test)
                                       : hold_back(load_mnist(command.data, MnistPart::train)).validation;
    const Judgement judgement = judge(*engine, samples, meaning.refuses);
    out << "weights " << weights_hash(weights) << ", device " << engine->device() << '\n';
    print_judgement(out, test ? "MNIST test set" : "MNIST, held-back part of the training set", samples, judgement,
                    meaning);
    if (!command.recipe.empty()) {
        const Recipe recipe = read_recipe(command.recipe);
        constexpr std::uint64_t kAnySeed = 0;  // validation sets do not depend on it
        out << '\n';
        print_sets(out, *engine, load_data(recipe, command.data, command.fonts, kAnySeed).validation, meaning);
    }
    constexpr int kWorst = 96;  // eight rows of a contact sheet
    if (!command.worst.empty()) write_contact_sheet(command.worst, worst(samples, judgement, meaning, kWorst));
}

void run_show(const ShowCommand& command, std::ostream& out) {
    const LabelledTiles samples =
        load_mnist(command.data, command.split == "train" ? MnistPart::train : MnistPart::test);
    if (command.index < 0 || command.index >= samples.size())
        throw Error(ErrorCode::usage, "index: expected 0 to " + std::to_string(samples.size() - 1) + ", found " +
                                          std::to_string(command.index));
    out << "label " << static_cast<int>(samples.labels[command.index]) << '\n'
        << draw_in_terminal(samples.tiles[command.index]);
}

}  // namespace chiffre::training
