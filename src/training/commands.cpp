// commands.cpp -- the subcommands of `train` that look at what there is; fit_command.cpp has the one that trains.
#include "commands.h"

#include <iostream>
#include <optional>

#include "atomic_file.h"
#include "error.h"
#include "evaluate.h"
#include "idx.h"
#include "picture.h"

namespace chiffre::training {
namespace {

void print_mnist(const EvaluateCommand& command, Engine& engine, const ScoreMeaning& meaning, std::ostream& out) {
    const bool test = command.split == "test";
    const LabelledTiles samples = test ? load_mnist(command.data, MnistPart::test)
                                       : hold_back(load_mnist(command.data, MnistPart::train)).validation;
    const Judgement judgement = judge(engine, samples, meaning.refuses);
    print_judgement(out, test ? "MNIST test set" : "MNIST, held-back part of the training set", samples, judgement,
                    meaning);
    constexpr int kWorst = 96;  // eight rows of a contact sheet
    if (!command.worst.empty()) write_contact_sheet(command.worst, worst(samples, judgement, meaning, kWorst));
}

}  // namespace

void run_evaluate(const EvaluateCommand& command, std::ostream& out) {
    // All that can be refused is refused before anything is evaluated.
    std::optional<Recipe> recipe;
    if (!command.recipe.empty()) {
        recipe = read_recipe(command.recipe);
        require_samples(*recipe);
    }
    std::optional<Harvest> harvest;
    if (!command.harvest.empty()) harvest = load_harvest(command.harvest);
    if (!command.worst.empty()) const AtomicFile can_be_written(command.worst);
    const Weights weights = command.weights.empty() ? default_weights() : load_weights(command.weights);
    const bool in_context = sees_context(weights);  // of MNIST's digits nothing else is to be seen
    if (in_context && !recipe && !harvest)
        throw Error(ErrorCode::usage,
                    command.weights.string() + ": expected --harvest or --recipe for weights of candidates in context");
    if (in_context && !command.worst.empty())
        throw Error(ErrorCode::usage, "--worst: expected weights of candidates alone, which MNIST's tiles show");
    const TileView view = in_context ? TileView::context : TileView::alone;
    if (harvest && harvest->view() != view)
        throw Error(ErrorCode::bad_data, command.harvest.string() + ": expected tiles of the view " +
                                             std::string(name_of(view)) + ", as the weights see them, found " +
                                             std::string(name_of(harvest->view())));
    const ScoreMeaning meaning = score_meaning(weights);
    const std::unique_ptr<Engine> engine =
        open_engine(parse_device(command.device), weights, Precision::fp32,
                    [](const std::string& line) { std::cerr << "train: " + line + "\n"; });
    out << "weights " << weights_hash(weights) << ", device " << engine->device() << '\n';
    if (!in_context) print_mnist(command, *engine, meaning, out);
    if (recipe) {
        constexpr std::uint64_t kAnySeed = 0;  // validation sets do not depend on it
        out << '\n';
        print_sets(out, *engine, load_data(*recipe, {command.data, command.fonts, command.harvest}, kAnySeed), meaning);
    }
    if (harvest) {
        out << '\n';
        print_harvest(out, *engine, *harvest, meaning);
    }
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
