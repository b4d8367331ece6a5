// search_command.cpp -- `train search`: what is checked before it trains, the table, the winner's recipe.
#include <chrono>
#include <cstdio>
#include <future>
#include <iostream>
#include <limits>

#include "atomic_file.h"
#include "commands.h"
#include "error.h"
#include "learner.h"
#include "number_text.h"
#include "search.h"
#include "search_progress.h"
#include "shell_quoted.h"
#include "table.h"
#include "teachers.h"

namespace chiffre::training {
namespace {

Recipe base_recipe(const SearchCommand& command) {
    Recipe recipe = read_recipe(command.recipe);
    if (command.epochs) set_key(recipe, "epochs", std::to_string(*command.epochs), "--epochs");
    return recipe;
}

SearchSettings settings_of(const SearchCommand& command, const Recipe& recipe) {
    SearchSettings settings;
    settings.seeds = command.seeds;
    settings.folds = command.folds;
    settings.fit.seed = command.seed;
    settings.fit.threads = command.threads;
    settings.fit.device = parse_device(command.device);
    settings.fit.precision = parse_training_precision(command.precision);
    // A run has one GPU, however many there are: what training on several together needs is not asked for.
    settings.fit.device =
        training_device(settings.fit, [](const std::string& line) { std::cerr << "train: " + line + "\n"; });
    settings.fit.teachers = load_teachers(command.teachers, recipe);
    return settings;
}

// Where one trial distills, there are to be teachers.
const Recipe& most_taught(const Recipe& recipe, const std::vector<Candidate>& candidates) {
    const Recipe* most = &recipe;
    for (const Candidate& candidate : candidates)
        if (candidate.recipe.schedule.distill > most->schedule.distill) most = &candidate.recipe;
    return *most;
}

// The shapes of each fold, made at the same time and shared by all trials.
std::vector<TrainingData> load_folds(const SearchCommand& command, const Recipe& recipe,
                                     const std::vector<Candidate>& candidates) {
    std::vector<Recipe> recipes;
    recipes.reserve(candidates.size());
    for (const Candidate& candidate : candidates) recipes.push_back(candidate.recipe);
    const Recipe widest = with_all_kinds(recipe, recipes);
    require_harvested(widest, command.harvest);
    const RawData raw = read_data(widest, {command.data, command.fonts, command.harvest});
    std::vector<std::future<TrainingData>> making;
    making.reserve(static_cast<std::size_t>(command.folds));
    constexpr std::uint64_t kAnySeed = 0;  // every run has its own
    for (int fold = 0; fold < command.folds; ++fold)
        making.push_back(
            std::async(std::launch::async, [&raw, &widest, fold] { return make_data(raw, widest, kAnySeed, fold); }));
    std::vector<TrainingData> folds;
    folds.reserve(making.size());
    for (std::future<TrainingData>& one : making) folds.push_back(one.get());
    return folds;
}

Table table_of(const std::vector<Trial>& trials, const std::vector<Variation>& variations) {
    std::vector<Column> columns{{"rank", CellKind::count}};
    for (const Variation& variation : variations) columns.push_back({variation.key, CellKind::text});
    for (const Column& column : std::initializer_list<Column>{{"error_percent", CellKind::number},
                                                              {"standard_error", CellKind::number},
                                                              {"runs", CellKind::count},
                                                              {"epochs", CellKind::count},
                                                              {"end", CellKind::text},
                                                              {"seconds", CellKind::number}})
        columns.push_back(column);
    Table table(columns);
    std::int64_t rank = 0;
    for (const Trial& trial : trials) {
        constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
        std::vector<Cell> cells{++rank};
        for (const std::string& value : trial.candidate.values) cells.emplace_back(value);
        cells.emplace_back(trial.score ? 100 * trial.score->error : kNone);
        cells.emplace_back(trial.score ? 100 * trial.score->standard_error : kNone);
        cells.emplace_back(static_cast<std::int64_t>(trial.runs.size()));
        cells.emplace_back(trial.epochs);
        cells.emplace_back(trial.state == TrialState::running ? "interrupted" : trial.ending);
        cells.emplace_back(trial.seconds);
        table.add(std::move(cells));
    }
    return table;
}

// What gives the same winner again. No folders: the same command must give the same file on another machine.
std::string command_line(const SearchCommand& command, const std::string& device) {
    std::string line = "train search " + shell_quoted(command.recipe.filename().string()) + " --data DIR";
    for (const std::string& variation : command.vary) line += " --vary " + shell_quoted(variation);
    if (command.trials) line += " --trials " + std::to_string(*command.trials);
    if (command.epochs) line += " --epochs " + std::to_string(*command.epochs);
    line += " --seeds " + std::to_string(command.seeds) + " --folds " + std::to_string(command.folds) + " --seed " +
            std::to_string(command.seed) + " --device " + device + " --precision " + command.precision;
    if (!command.harvest.empty()) line += " --harvest " + shell_quoted(command.harvest.filename().string());
    if (!command.teachers.empty()) line += " --teachers";
    for (const std::filesystem::path& teacher : command.teachers)
        line += " " + shell_quoted(teacher.filename().string());
    return line;
}

std::string score_text(const Trial& trial, const SearchSettings& settings) {
    constexpr const char* kDigits = "%.4g %%";
    return percent_text(trial.score->error, kDigits) + " wrong on what was held back, standard error " +
           percent_text(trial.score->standard_error, kDigits) + ", seeds " + std::to_string(settings.seeds) +
           ", folds " + std::to_string(settings.folds);
}

void write_winner(const SearchCommand& command, const SearchSettings& settings, const SearchResult& result) {
    const Trial& winner = result.trials.front();
    write_atomically(command.output, "# The best of " + std::to_string(result.trials.size()) + " trials of\n#   " +
                                         command_line(command, result.device) + "\n# " + score_text(winner, settings) +
                                         ".\n" + to_text(winner.candidate.recipe));
    std::cerr << "wrote " << command.output.string() << '\n';
}

// Without what came before the first run; spread over GPUs, all runs together take longer than the search.
void print_times(const SearchResult& result, double seconds) {
    std::int64_t epochs = 0;
    double of_runs = 0;
    for (const Trial& trial : result.trials) {
        epochs += trial.epochs;
        of_runs += trial.seconds;
    }
    char text[128];
    std::snprintf(text, sizeof text, "%lld epochs in %.2f s, by runs that take %.2f s one after the other\n",
                  static_cast<long long>(epochs), seconds, of_runs);
    std::cerr << text;
}

}  // namespace

bool run_search(const SearchCommand& command, std::ostream& out, const std::function<bool()>& stop) {
    // All that can be refused is refused before data is read.
    const Recipe recipe = base_recipe(command);
    const std::vector<Variation> variations = parse_variations(command.vary, recipe);
    for (const Variation& variation : variations)
        if (command.epochs && variation.key == "epochs")
            throw Error(ErrorCode::usage, "--epochs: expected epochs to be fixed or varied, found both");
    const std::vector<Candidate> candidates = choose_candidates(recipe, variations, command.trials, command.seed);
    for (const Candidate& candidate : candidates) require_samples(candidate.recipe);
    const SearchSettings settings = settings_of(command, recipe);
    require_teachers(most_taught(recipe, candidates), command.teachers.size());
    for (const std::filesystem::path& path : {command.csv, command.output})
        if (!path.empty()) const AtomicFile can_be_written(path);

    const std::vector<TrainingData> folds = load_folds(command, recipe, candidates);
    std::cerr << candidates.size() << " trials, " << settings.runs() << (settings.runs() == 1 ? " run" : " runs")
              << " each, learning from " << folds.front().description << '\n';
    SearchProgress progress(epochs_of(candidates, settings));
    SearchCallbacks callbacks;
    callbacks.stop = stop;
    callbacks.data = [&](const Recipe& of, std::uint64_t seed, int fold) { return adapt_data(folds[fold], of, seed); };
    callbacks.epoch = [&] { progress.epoch(); };
    callbacks.rung = [&](const RungReport& report) { progress.rung(report); };
    using Clock = std::chrono::steady_clock;
    const Clock::time_point begin = Clock::now();
    const SearchResult result = search(candidates, settings, callbacks);
    progress.end();
    print_times(result, std::chrono::duration<double>(Clock::now() - begin).count());

    const Table table = table_of(result.trials, variations);
    out << table.text() << std::flush;
    if (!command.csv.empty()) write_atomically(command.csv, table.csv());
    if (result.failure) std::rethrow_exception(result.failure);
    if (!result.finished) {
        std::cerr << "interrupted: no winner\n";
        return false;
    }
    const Trial& winner = result.trials.front();
    if (winner.state != TrialState::finished)
        throw Error(ErrorCode::bad_data, command.recipe.string() + ": expected a trial that converges, found " +
                                             std::to_string(result.trials.size()) + " that diverged");
    std::cerr << "best: " << score_text(winner, settings) << '\n';
    if (!command.output.empty()) write_winner(command, settings, result);
    return true;
}

}  // namespace chiffre::training
