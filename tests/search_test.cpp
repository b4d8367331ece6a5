// search_test.cpp -- what a search draws, what it drops, and that its result is the same however it is spread.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>

#include "display_digits.h"
#include "error.h"
#include "training/fit.h"
#include "training/idx.h"
#include "training/mnist_data.h"
#include "training/rungs.h"
#include "training/search.h"
#include "training/search_space.h"
#include "training/training_data.h"

namespace chiffre::training {
namespace {

void expect_refused(const std::vector<std::string>& vary, const std::string& message) {
    try {
        parse_variations(vary, Recipe{});
        ADD_FAILURE() << "taken, expected: " << message;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::usage);
        EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
}

std::vector<Candidate> candidates(const std::vector<std::string>& vary, std::optional<int> trials = {},
                                  std::uint64_t seed = 1) {
    const Recipe recipe;
    return choose_candidates(recipe, parse_variations(vary, recipe), trials, seed);
}

TEST(SearchSpace, RefusesWhatCannotBeVaried) {
    expect_refused({}, "expected at least one key");
    expect_refused({"learning_rate"}, "expected KEY=VALUE");
    expect_refused({"=1"}, "expected KEY=VALUE");
    expect_refused({"batch="}, "expected KEY=VALUE");
    expect_refused({"learning_rat=1"}, "unknown key \"learning_rat\"");
    expect_refused({"mix.pen=1,2"}, "unknown key \"mix.pen\" for data = mnist");
    expect_refused({"data=mnist,photo"}, "expected data as the recipe says it");
    expect_refused({"learning_rate=1,20"}, "expected 0 to 10, found 20");
    expect_refused({"learning_rate=1,"}, "expected a number, found \"\"");
    expect_refused({"learning_rate=0:1:log"}, "expected low above 0 for log");
    expect_refused({"learning_rate=0:1:lin"}, "expected low:high or low:high:log");
    expect_refused({"learning_rate=1:1"}, "expected low below high");
    expect_refused({"learning_rate=nan:1"}, "expected 0 to 10, found nan");
    expect_refused({"batch=1.5:9"}, "expected a whole number");
    expect_refused({"optimizer=adamw:sgd"}, "expected a list of words");
    expect_refused({"optimizer=adamw,adam"}, "expected adamw, nadam or sgd");
    expect_refused({"weight_decay=0.1,0.10"}, "expected different values, found 0.1 twice");
    expect_refused({"batch=1,2", "batch=3"}, "expected each key once");
}

TEST(SearchSpace, ListsGiveAllCombinations) {
    const std::vector<Candidate> all = candidates({"optimizer=adamw,sgd", "batch=64,128,256"});
    ASSERT_EQ(all.size(), 6u);
    EXPECT_EQ(all[0].values, (std::vector<std::string>{"adamw", "64"}));
    EXPECT_EQ(all[1].values, (std::vector<std::string>{"adamw", "128"}));
    EXPECT_EQ(all[5].values, (std::vector<std::string>{"sgd", "256"}));
    EXPECT_EQ(all[5].recipe.schedule.optimizer, OptimizerKind::sgd);
    EXPECT_EQ(all[5].recipe.schedule.batch, 256);
    EXPECT_EQ(all[5].recipe.schedule.learning_rate, Recipe{}.schedule.learning_rate);
    EXPECT_EQ(candidates({"optimizer=adamw,sgd", "batch=64,128,256"}, 100).size(), 6u);
}

TEST(SearchSpace, FewerTrialsThanCombinationsAreDifferentOnes) {
    std::set<std::vector<std::string>> seen;
    const std::vector<Candidate> some = candidates({"optimizer=adamw,sgd", "batch=64,128,256"}, 5);
    ASSERT_EQ(some.size(), 5u);
    for (const Candidate& candidate : some) EXPECT_TRUE(seen.insert(candidate.values).second);
    std::string many = "batch=1";
    for (int i = 2; i <= 200; ++i) many += "," + std::to_string(i);
    std::string epochs = "epochs" + many.substr(5);
    EXPECT_EQ(candidates({many, epochs}, 50).size(), 50u);
    EXPECT_THROW(candidates({many, epochs}), Error);
}

TEST(SearchSpace, DrawsInsideTheRange) {
    const std::vector<Candidate> drawn =
        candidates({"learning_rate=0.001:0.1:log", "weight_decay=0:0.02", "batch=32:34"}, 400);
    ASSERT_EQ(drawn.size(), 400u);
    int below_middle = 0, decays_below_middle = 0;
    std::map<int, int> batches;
    for (const Candidate& candidate : drawn) {
        const Schedule& schedule = candidate.recipe.schedule;
        EXPECT_GE(schedule.learning_rate, 0.001);
        EXPECT_LE(schedule.learning_rate, 0.1);
        EXPECT_LE(schedule.weight_decay, 0.02);
        below_middle += schedule.learning_rate < 0.01;  // of the logarithms
        decays_below_middle += schedule.weight_decay < 0.01;
        ++batches[schedule.batch];
        EXPECT_LE(candidate.values[0].size(), 8u) << candidate.values[0];  // readable: 0.001234
    }
    // Six standard errors of a fair coin are 60.
    EXPECT_NEAR(below_middle, 200, 60);
    EXPECT_NEAR(decays_below_middle, 200, 60);
    ASSERT_EQ(batches.size(), 3u);  // both ends too
    for (const auto& [batch, count] : batches) EXPECT_NEAR(count, 133, 60) << batch;
}

TEST(SearchSpace, DependsOnTheSeedAlone) {
    const std::vector<std::string> vary{"learning_rate=0.001:0.1:log", "optimizer=adamw,nadam"};
    const std::vector<Candidate> ten = candidates(vary, 10), twenty = candidates(vary, 20);
    for (std::size_t i = 0; i < ten.size(); ++i) EXPECT_EQ(ten[i].values, twenty[i].values);
    EXPECT_NE(candidates(vary, 10, 2)[0].values, ten[0].values);
    EXPECT_EQ(candidates(vary).size(), static_cast<std::size_t>(kDefaultTrials));
}

TEST(SearchSpace, ARangeOfFewNumbersGivesThoseThereAre) {
    EXPECT_EQ(candidates({"patience_epochs=3:7"}, 100).size(), 5u);
}

TEST(Rungs, ScoreIsTheMeanWithTheLargerOfTwoErrors) {
    // 50 of 10,000: the binomial error is 0.0007 (0.5 % times 99.5 % over 10,000, its root).
    const std::vector<Tally> alike{{25, 5'000}, {25, 5'000}};
    EXPECT_DOUBLE_EQ(score_of(alike, 2).error, 0.005);
    EXPECT_NEAR(score_of(alike, 2).standard_error, 0.000712, 1e-6);
    EXPECT_NEAR(score_of(alike, 1).standard_error, 0.001007, 1e-6);  // two seeds have judged the same digits
    // 0 and 100 of 5,000: 1 % on either side of the mean.
    EXPECT_NEAR(score_of(std::vector<Tally>{{0, 5'000}, {100, 5'000}}, 2).standard_error, 0.01, 1e-9);
    EXPECT_GT(score_of(std::vector<Tally>{{0, 5'000}}, 1).standard_error, 0);
}

TEST(Rungs, DropsWhatIsClearlyWorse) {
    // The difference of two has a standard error of 0.14 %: 0.42 % more is clear.
    const std::vector<Score> scores{{0.010, 0.001}, {0.005, 0.001}, {0.0090, 0.001}, {0.0095, 0.001}, {0.2, 0.001}};
    EXPECT_EQ(hopeless(scores, 5), (std::vector<int>{0, 3, 4}));
    EXPECT_EQ(hopeless(scores, 2), (std::vector<int>{0, 4}));
    EXPECT_EQ(hopeless(scores, -1), std::vector<int>{});
    EXPECT_EQ(hopeless({}, 5), std::vector<int>{});
    EXPECT_EQ(hopeless(std::span(scores).first(1), 5), std::vector<int>{});
}

TEST(Rungs, Double) {
    EXPECT_EQ(rung_runs(1), std::vector<int>{1});
    EXPECT_EQ(rung_runs(2), (std::vector<int>{1, 2}));
    EXPECT_EQ(rung_runs(6), (std::vector<int>{1, 2, 4, 6}));
}

TEST(Folds, HoldBackOtherDigits) {
    LabelledTiles digits;
    digits.tiles.resize(20'000);
    digits.labels.resize(20'000);
    for (int i = 0; i < 20'000; ++i) {  // tells them apart
        digits.tiles[i].ink[0] = static_cast<std::uint8_t>(i % 256);
        digits.tiles[i].ink[1] = static_cast<std::uint8_t>(i / 256);
    }
    std::set<std::pair<int, int>> held_back;
    for (int fold = 0; fold < 4; ++fold) {
        const MnistSplit split = hold_back(digits, fold);
        EXPECT_EQ(split.learn.size(), 15'000);
        EXPECT_EQ(split.validation.size(), 5'000);
        std::set<std::pair<int, int>> here;
        for (const Tile& tile : split.validation.tiles) here.insert({tile.ink[0], tile.ink[1]});
        for (const Tile& tile : split.learn.tiles) EXPECT_FALSE(here.contains({tile.ink[0], tile.ink[1]}));
        held_back.insert(here.begin(), here.end());
    }
    EXPECT_EQ(held_back.size(), 20'000u);
}

Recipe small_recipe() {
    Recipe recipe;
    recipe.schedule.epochs = 3;
    recipe.schedule.batch = 50;
    recipe.schedule.learning_rate = 0.01;
    recipe.hand.warp = {5, 0.1, 0.1, 1, 0.3, 6};
    return recipe;
}

// Of two folds, with other figures.
std::vector<TrainingData> small_folds() {
    std::vector<TrainingData> folds;
    for (std::uint32_t fold = 0; fold < 2; ++fold)
        folds.push_back(
            augmented_digits(display_digits(200, 2 * fold), display_digits(200, 2 * fold + 1), small_recipe(), 0));
    return folds;
}

SearchCallbacks on(const std::vector<TrainingData>& folds) {
    SearchCallbacks callbacks;
    callbacks.data = [&folds](const Recipe& recipe, std::uint64_t seed, int fold) {
        return adapt_data(folds[static_cast<std::size_t>(fold)], recipe, seed);
    };
    return callbacks;
}

SearchSettings small_settings(int threads) {
    SearchSettings settings;
    settings.seeds = 2;
    settings.folds = 2;
    settings.fit.seed = 5;
    settings.fit.threads = threads;
    return settings;
}

std::vector<Candidate> small_candidates(const std::string& vary) {
    const Recipe recipe = small_recipe();
    return choose_candidates(recipe, parse_variations(std::vector{vary}, recipe), {}, 1);
}

const Trial& trial_of(const SearchResult& result, const std::string& value) {
    for (const Trial& trial : result.trials)
        if (trial.candidate.values[0] == value) return trial;
    throw std::out_of_range(value);
}

TEST(Search, DropsTheHopelessAndFinishesTheOthers) {
    const std::vector<TrainingData> folds = small_folds();
    SearchCallbacks callbacks = on(folds);
    std::vector<RungReport> rungs;
    callbacks.rung = [&](const RungReport& report) { rungs.push_back(report); };
    std::atomic<int> epochs = 0;
    callbacks.epoch = [&] { ++epochs; };
    // With a rate of 0 and with a tiny one nothing is learned.
    const std::vector<Candidate> tried = small_candidates("learning_rate=0,0.01,0.02,0.0000001");
    EXPECT_EQ(epochs_of(tried, small_settings(2)), 4 * 4 * 3);
    const SearchResult result = search(tried, small_settings(2), callbacks);
    EXPECT_TRUE(result.finished);
    EXPECT_EQ(result.failure, nullptr);
    EXPECT_EQ(result.device, "cpu");
    ASSERT_EQ(result.trials.size(), 4u);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(result.trials[i].state, TrialState::finished);
        EXPECT_EQ(result.trials[i].runs.size(), 4u);
        EXPECT_EQ(result.trials[i].epochs, 4 * 3);
    }
    EXPECT_LE(result.trials[0].score->error, result.trials[1].score->error);
    for (const char* value : {"0", "0.0000001"}) {
        EXPECT_EQ(trial_of(result, value).state, TrialState::dropped);
        EXPECT_TRUE(trial_of(result, value).ending.starts_with("dropped after ")) << trial_of(result, value).ending;
    }
    ASSERT_EQ(rungs.size(), 4u);  // early, and after 1, 2 and 4 runs
    EXPECT_EQ(rungs[0].trials, 4);
    EXPECT_EQ(rungs[1].left, 2);
    EXPECT_EQ(rungs[3].epochs_left, 0);
    std::int64_t trained = 0;
    for (const Trial& trial : result.trials) trained += trial.epochs;
    EXPECT_EQ(epochs, trained);
}

TEST(Search, IsTheSameHoweverRunsAreSpread) {
    const std::vector<TrainingData> folds = small_folds();
    const std::vector<Candidate> tried = small_candidates("learning_rate=0,0.005,0.01,0.02,0.03");
    const SearchResult one = search(tried, small_settings(1), on(folds));
    for (const int threads : {2, 3}) {
        const SearchResult other = search(tried, small_settings(threads), on(folds));
        ASSERT_EQ(other.trials.size(), one.trials.size());
        for (std::size_t i = 0; i < one.trials.size(); ++i) {
            EXPECT_EQ(other.trials[i].candidate.values, one.trials[i].candidate.values) << threads << " threads";
            EXPECT_EQ(other.trials[i].ending, one.trials[i].ending);
            EXPECT_EQ(other.trials[i].epochs, one.trials[i].epochs);
            EXPECT_EQ(other.trials[i].score->error, one.trials[i].score->error);
            EXPECT_EQ(other.trials[i].score->standard_error, one.trials[i].score->standard_error);
        }
    }
}

TEST(Search, ARunThatPausedIsTheRunOfFit) {
    const std::vector<TrainingData> folds = small_folds();
    SearchSettings settings = small_settings(1);
    const SearchResult result = search(small_candidates("learning_rate=0.002,0.003"), settings, on(folds));
    for (const Trial& trial : result.trials)
        for (int run = 0; run < settings.runs(); ++run) {
            FitOptions options = settings.fit;
            options.seed = run < 2 ? 5 : 6;
            const TrainingData& fold = folds[static_cast<std::size_t>(run % 2)];
            const Recipe& recipe = trial.candidate.recipe;
            // By itself, not from shapes that are shared.
            const LabelledTiles learn = display_digits(200, 2 * static_cast<std::uint32_t>(run % 2));
            const TrainingData data = augmented_digits(learn, fold.validation[0].samples, recipe, options.seed);
            const FitResult fitted = fit(recipe, data, options, {});
            EXPECT_EQ(static_cast<double>(trial.runs[static_cast<std::size_t>(run)].wrong) / 200,
                      fitted.last.validation_error)
                << "run " << run;
        }
}

TEST(Search, ADivergedTrialIsOut) {
    const std::vector<TrainingData> folds = small_folds();
    std::vector<Candidate> tried = small_candidates("learning_rate=0.01,0.02");
    tried[0].recipe.schedule.optimizer = OptimizerKind::sgd;
    tried[0].recipe.schedule.learning_rate = 1e30;  // more than a recipe's file may say
    SearchResult result = search(tried, small_settings(2), on(folds));
    EXPECT_TRUE(result.finished);
    EXPECT_EQ(result.trials[0].state, TrialState::finished);
    EXPECT_EQ(result.trials[1].state, TrialState::diverged);
    EXPECT_TRUE(result.trials[1].ending.starts_with("diverged at step ")) << result.trials[1].ending;
    EXPECT_FALSE(result.trials[1].score);

    tried.resize(1);
    result = search(tried, small_settings(2), on(folds));
    EXPECT_TRUE(result.finished);
    EXPECT_EQ(result.trials[0].state, TrialState::diverged);
}

TEST(Search, PatienceMayEndARunBeforeTheFirstRung) {
    const std::vector<TrainingData> folds = small_folds();
    std::vector<Candidate> tried = small_candidates("learning_rate=0.01,0.02");
    for (Candidate& candidate : tried) {
        candidate.recipe.schedule.epochs = 30;
        candidate.recipe.schedule.patience_epochs = 1;
        candidate.recipe.schedule.learning_rate = 1e-9;  // nothing gets better
    }
    const SearchResult result = search(tried, small_settings(2), on(folds));
    for (const Trial& trial : result.trials) {
        EXPECT_EQ(trial.state, TrialState::finished);
        EXPECT_EQ(trial.runs.size(), 4u);
        EXPECT_EQ(trial.epochs, 4 * 2);
    }
}

TEST(Search, StoppedItTellsWhatItHas) {
    const std::vector<TrainingData> folds = small_folds();
    SearchCallbacks callbacks = on(folds);
    std::atomic<bool> after_the_first_runs = false;
    callbacks.rung = [&](const RungReport& report) { after_the_first_runs = report.name == "run 1"; };
    callbacks.stop = [&] { return after_the_first_runs.load(); };
    const SearchResult result = search(small_candidates("learning_rate=0.01,0.02"), small_settings(2), callbacks);
    EXPECT_FALSE(result.finished);
    for (const Trial& trial : result.trials) {
        EXPECT_EQ(trial.state, TrialState::running);
        EXPECT_EQ(trial.runs.size(), 1u);
        EXPECT_TRUE(trial.score);
    }
}

TEST(Search, AFailureKeepsWhatIsFinished) {
    const std::vector<TrainingData> folds = small_folds();
    SearchCallbacks callbacks = on(folds);
    const auto data = callbacks.data;
    callbacks.data = [&](const Recipe& recipe, std::uint64_t seed, int fold) {
        if (fold == 1) throw Error(ErrorCode::no_device, "cuda:7: gone");
        return data(recipe, seed, fold);
    };
    const SearchResult result = search(small_candidates("learning_rate=0.01,0.02"), small_settings(2), callbacks);
    EXPECT_FALSE(result.finished);
    EXPECT_THROW(std::rethrow_exception(result.failure), Error);
    for (const Trial& trial : result.trials) EXPECT_EQ(trial.runs.size(), 1u);
}

TEST(Search, AllKindsOfAllTrialsAreInTheSharedData) {
    Recipe recipe;
    recipe.mix = {};
    recipe.mix.pen = 3;
    Recipe other = recipe;
    other.mix.pen = 9;
    other.mix.marks = 4;
    const Mix widest = with_all_kinds(recipe, {recipe, other}).mix;
    EXPECT_EQ(widest.pen, 3);
    EXPECT_EQ(widest.marks, 4);
    EXPECT_EQ(widest.halves, 0);
}

}  // namespace
}  // namespace chiffre::training
