// train.cpp -- the program `train`: fit, search, evaluate, harvest, show.
#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <iostream>

#include "error.h"
#include "training/commands.h"
#include "training/harvest_command.h"
#include "training/idx.h"
#include "training/search_space.h"
#include "training/seed_option.h"

using namespace chiffre;
using namespace chiffre::training;

namespace {

constexpr int kInterrupted = 130;

// Set by the signal and asked between steps, by many threads. Until there are steps, nobody asks: a second signal ends
// the program at once.
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);
void interrupt(int) {
    interrupted = true;
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}
bool was_interrupted() {
    return interrupted;
}

void add_fit(CLI::App& app, FitCommand& fit) {
    CLI::App* command = app.add_subcommand("fit", "train the network and write its weights");
    command->add_option("--data", fit.data, "folder with MNIST's four .gz files")->required();
    command->add_option("--recipe", fit.recipe, "file of \"key = value\" lines")->capture_default_str();
    command->add_option("--output", fit.output, "weights file to write")->capture_default_str();
    command->add_option("--fonts", fit.fonts, "folder of fonts, for recipes with printed figures")
        ->capture_default_str();
    command->add_option("--harvest", fit.harvest,
                        "file of train harvest, for recipes with mix.harvest_digits or mix.harvest_none");
    command->add_option("--seed", fit.options.seed, "of everything random")
        ->check(without_sign())
        ->capture_default_str();
    command->add_option("--epochs", fit.epochs, "instead of the recipe's")->check(CLI::Range(1, 100'000));
    command->add_option("--batch", fit.batch, "instead of the recipe's; the learning rate is scaled with it")
        ->check(CLI::Range(1, 65'536));
    command
        ->add_option("--device", fit.device,
                     "auto, cpu, cuda, cuda:N, or cuda:N,M or cuda:all, which share the batches")
        ->capture_default_str();
    command->add_option("--precision", fit.precision, "fp32, or mixed (GPU only)")->capture_default_str();
    command->add_option("--teachers", fit.teachers,
                        "weights files to learn from beside the labels, for recipes with distill");
    command->add_option("--threads", fit.options.threads, "of the CPU; 0: as many as there are cores")
        ->check(CLI::Range(0, 1'024))
        ->capture_default_str();
    command->add_option("--checkpoint", fit.options.checkpoint, "file to go on from [OUTPUT.checkpoint]");
    command
        ->add_option("--checkpoint-epochs", fit.options.checkpoint_epochs,
                     "epochs between checkpoints; 0: one every 10 s")
        ->check(CLI::Range(0, 100'000))
        ->capture_default_str();
    command->add_flag("--resume", fit.options.resume, "go on from the checkpoint");
    command->add_option("--log", fit.log, "JSON Lines file: one object per epoch; begun anew without --resume");
    command->add_option("--plot", fit.plot,
                        "PNG with the curves of loss and error, drawn anew meanwhile; needs gnuplot");
}

void add_search(CLI::App& app, SearchCommand& search) {
    CLI::App* command = app.add_subcommand("search", "train many recipes and compare them");
    command->add_option("recipe", search.recipe, "file that the trials start from")->required();
    command->add_option("--data", search.data, "folder with MNIST's four .gz files")->required();
    command
        ->add_option("--vary", search.vary,
                     "KEY=VALUE,VALUE,... or KEY=LOW:HIGH[:log], a key of the recipe; once for each key")
        ->take_all()
        ->expected(1);
    command
        ->add_option("--trials", search.trials,
                     "recipes to try [lists alone: all combinations; else " + std::to_string(kDefaultTrials) + "]")
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("--seeds", search.seeds, "to train every trial with")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("--folds", search.folds, "that hold back different digits, each trained and judged by itself")
        ->check(CLI::Range(1, kFolds))
        ->capture_default_str();
    command->add_option("--seed", search.seed, "of what is drawn, and the first one to train with")
        ->check(without_sign())
        ->capture_default_str();
    command->add_option("--epochs", search.epochs, "instead of the recipe's");
    command->add_option("--device", search.device, "auto, cpu, cuda, cuda:N, cuda:N,M or cuda:all: runs are spread")
        ->capture_default_str();
    command->add_option("--precision", search.precision, "fp32, or mixed (GPU only)")->capture_default_str();
    command->add_option("--threads", search.threads, "of the CPU; 0: as many as there are cores")
        ->check(CLI::Range(0, 1'024))
        ->capture_default_str();
    command->add_option("--teachers", search.teachers, "as for fit");
    command->add_option("--fonts", search.fonts, "as for fit")->capture_default_str();
    command->add_option("--harvest", search.harvest, "as for fit");
    command->add_option("--csv", search.csv, "file to write the table to");
    command->add_option("--output", search.output, "recipe file to write: the winner's");
}

void add_evaluate(CLI::App& app, EvaluateCommand& evaluate) {
    CLI::App* command = app.add_subcommand("evaluate", "error, confusions and reliability of weights");
    command->add_option("--data", evaluate.data, "folder with MNIST's four .gz files")->required();
    command->add_option("--weights", evaluate.weights, "weights file [those built in]");
    command->add_option("--split", evaluate.split, "test or validation")
        ->check(CLI::IsMember({"test", "validation"}))
        ->capture_default_str();
    CLI::Option* recipe =
        command->add_option("--recipe", evaluate.recipe, "also evaluate on the validation sets of this recipe");
    command->add_option("--fonts", evaluate.fonts, "folder of fonts, for --recipe")
        ->needs(recipe)
        ->capture_default_str();
    command->add_option("--harvest", evaluate.harvest, "also evaluate on the pages that this file holds back");
    command->add_option("--device", evaluate.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
    command->add_option("--worst", evaluate.worst, "PNG to write: the tiles read worst");
}

void add_harvest(CLI::App& app, HarvestCommand& harvest) {
    CLI::App* command =
        app.add_subcommand("harvest", "draw pages and keep the tiles that the front end cuts out of them");
    command->add_option("--output", harvest.output, "file to write")->required();
    command->add_option("--pages", harvest.pages, "to draw; the last tenth is held back")
        ->check(CLI::Range(1, 10'000'000))
        ->capture_default_str();
    command->add_option("--seed", harvest.seed, "of the pages")->check(without_sign())->capture_default_str();
    command->add_option("--style", harvest.style, "of the pages, as for synthesize; any: each page takes one")
        ->check(CLI::IsMember(harvest_styles()).description(""))
        ->capture_default_str();
    command->add_option("--data", harvest.data,
                        "folder of MNIST's files: half of the handwriting is traced from its training digits");
    command->add_option("--view", harvest.view, "of the tiles: alone, or in context, with what stands around")
        ->check(CLI::IsMember({"alone", "context"}).description(""))
        ->capture_default_str();
    command->add_option("--fonts", harvest.fonts, "folder of the fonts for what is printed")->capture_default_str();
    command->add_option("--threads", harvest.threads, "0: as many as there are cores")
        ->check(CLI::Range(0, 1'024))
        ->capture_default_str();
    command->add_option("--sheet", harvest.sheet, "PNG to write: some tiles of each kind");
}

void add_show(CLI::App& app, ShowCommand& show) {
    CLI::App* command = app.add_subcommand("show", "print one digit of MNIST");
    command->add_option("index", show.index, "counted from 0")->required();
    command->add_option("--data", show.data, "folder with MNIST's four .gz files")->required();
    command->add_option("--split", show.split, "train or test")
        ->check(CLI::IsMember({"train", "test"}))
        ->capture_default_str();
}

int run(int argc, char** argv) {
    CLI::App app{"Trains LeNet-5 and judges its weights"};
    app.footer(
        "Ctrl-C (SIGINT) or SIGTERM ends fit and search after the steps that they are at; fit then leaves a "
        "checkpoint,\n"
        "from which --resume goes on. A second one ends them at once.");
    app.require_subcommand(1);
    FitCommand fit;
    SearchCommand search;
    EvaluateCommand evaluate;
    HarvestCommand harvest;
    ShowCommand show;
    add_fit(app, fit);
    add_search(app, search);
    add_evaluate(app, evaluate);
    add_harvest(app, harvest);
    add_show(app, show);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_status(ErrorCode::usage);
    }
    if (app.got_subcommand("fit") || app.got_subcommand("search")) {
        std::signal(SIGINT, interrupt);
        std::signal(SIGTERM, interrupt);
    }
    bool complete = true;
    if (app.got_subcommand("fit")) complete = run_fit(fit, was_interrupted);
    if (app.got_subcommand("search")) complete = run_search(search, std::cout, was_interrupted);
    if (app.got_subcommand("evaluate")) run_evaluate(evaluate, std::cout);
    if (app.got_subcommand("harvest")) run_harvest(harvest, std::cout);
    if (app.got_subcommand("show")) run_show(show, std::cout);
    std::cout.flush();
    if (!std::cout) throw Error(ErrorCode::unwritable, "standard output cannot be written");
    return complete ? 0 : kInterrupted;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const Error& error) {
        std::cerr << "train: " << error.what() << '\n';
        return exit_status(error.code());
    } catch (const std::exception& error) {
        std::cerr << "train: " << error.what() << '\n';
        return 1;
    }
}
