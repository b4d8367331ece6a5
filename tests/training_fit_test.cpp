// training_fit_test.cpp -- the training loop: the same bits however it runs, and it learns.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "display_digits.h"
#include "engine.h"
#include "error.h"
#include "scratch_folder.h"
#include "training/epoch_log.h"
#include "training/evaluate.h"
#include "training/fit.h"
#include "training/idx.h"
#include "training/learner.h"
#include "training/mnist_data.h"
#include "training/teachers.h"

namespace chiffre::training {
namespace {

Recipe small_recipe(int epochs) {
    Recipe recipe;
    recipe.schedule.epochs = epochs;
    recipe.schedule.batch = 96;  // a shard and a half
    recipe.schedule.average_decay = 0.9;
    recipe.hand.warp = {5, 0.1, 0.1, 1, 0.3, 6};
    return recipe;
}

TrainingData small_data(const Recipe& recipe, int count = 200) {
    return augmented_digits(display_digits(count, 0), display_digits(100, 1), recipe, 1);
}

std::filesystem::path checkpoint_path() {
    static const ScratchFolder folder;  // tests may run at the same time
    return folder.path() / "fit.checkpoint";
}

TEST(Fit, GivesTheSameBitsForEveryNumberOfThreads) {
    const Recipe recipe = small_recipe(2);
    const TrainingData data = small_data(recipe);
    FitOptions options;
    options.threads = 1;
    const std::vector<float> one = fit(recipe, data, options, {}).weights;
    for (const int threads : {2, 3}) {
        options.threads = threads;
        EXPECT_EQ(fit(recipe, data, options, {}).weights, one) << threads << " threads";
    }
    options.seed = 2;
    EXPECT_NE(fit(recipe, data, options, {}).weights, one);
}

TEST(Fit, ResumesBitForBit) {
    const Recipe recipe = small_recipe(4);
    const TrainingData data = small_data(recipe);
    FitOptions options;
    options.threads = 2;
    const FitResult straight = fit(recipe, data, options, {});
    ASSERT_TRUE(straight.finished);

    constexpr int kSteps = 3 * 4;                         // 200 samples are three batches of up to 96
    for (const int stop_after : {1, 3, 6, kSteps - 1}) {  // within and at the end of an epoch
        options.checkpoint = checkpoint_path();
        options.resume = false;
        int steps = 0;
        FitCallbacks callbacks;
        callbacks.stop = [&] { return ++steps == stop_after; };
        EXPECT_FALSE(fit(recipe, data, options, callbacks).finished);
        options.resume = true;
        const FitResult resumed = fit(recipe, data, options, {});
        EXPECT_TRUE(resumed.finished);
        EXPECT_EQ(resumed.weights, straight.weights) << "stopped after " << stop_after;
        EXPECT_EQ(resumed.last.loss, straight.last.loss);
        EXPECT_EQ(resumed.last.best_epoch, straight.last.best_epoch);
        EXPECT_EQ(resumed.trained_on, std::vector<std::string>{"cpu fp32"});
    }
}

TEST(Fit, TheLogOfAResumedRunHasEveryEpochOnce) {
    const ScratchFolder folder;
    const std::filesystem::path path = folder.path() / "log";
    const auto epochs = [&] {
        std::ifstream file(path);
        std::string found;
        for (std::string line; std::getline(file, line);) found += line.substr(0, line.find(',')) + ' ';
        return found;
    };
    const auto write = [&](std::size_t keep, std::initializer_list<int> numbers) {
        EpochLog log(path);
        log.begin(keep);
        EpochReport report;
        for (const int number : numbers) {
            report.epoch = number;
            log.write(report, {}, 0);
        }
    };
    write(0, {1, 2, 3});
    std::ofstream(path, std::ios::app) << "{\"epoch\":1";  // cut off
    write(2, {3, 4});                                      // its checkpoint was one epoch older than its log
    EXPECT_EQ(epochs(), "{\"epoch\":1 {\"epoch\":2 {\"epoch\":3 {\"epoch\":4 ");
    write(0, {1});
    EXPECT_EQ(epochs(), "{\"epoch\":1 ");
}

TEST(Fit, RemembersThatARunBeganElsewhere) {
    const Recipe recipe = small_recipe(1);
    const TrainingData data = small_data(recipe);
    FitOptions options;
    FitCallbacks callbacks;
    callbacks.stop = [] { return true; };
    Checkpoint stopped = *fit(recipe, data, options, callbacks).stopped_at;
    EXPECT_GT(stopped.seconds, 0);
    stopped.trained_on = {"cuda mixed"};
    stopped.seconds = 1'000;
    options.start = std::make_shared<const Checkpoint>(stopped);
    const FitResult result = fit(recipe, data, options, {});
    EXPECT_EQ(result.trained_on, (std::vector<std::string>{"cuda mixed", "cpu fp32"}));
    EXPECT_GT(result.last.seconds, 1'000);
}

TEST(Fit, RefusesTheCheckpointOfAnotherRun) {
    const Recipe recipe = small_recipe(1);
    const TrainingData data = small_data(recipe);
    FitOptions options;
    options.checkpoint = checkpoint_path();
    options.checkpoint_epochs = 1;
    fit(recipe, data, options, {});
    options.resume = true;
    fit(recipe, data, options, {});  // its own is taken
    EXPECT_EQ(checkpoint_of_this_run(recipe, options).optimizer.step, 3);
    options.seed = 9;
    EXPECT_THROW(checkpoint_of_this_run(recipe, options), Error);
    EXPECT_THROW(fit(recipe, data, options, {}), Error);
    options.seed = 1;
    EXPECT_THROW(checkpoint_of_this_run(small_recipe(2), options), Error);
    EXPECT_THROW(fit(small_recipe(2), data, options, {}), Error);
    EXPECT_THROW(fit(recipe, small_data(recipe, 199), options, {}), Error);
}

TEST(Fit, DoesNotDependOnHowStepsAreDivided) {
    const Recipe recipe = small_recipe(1);
    const TrainingData data = small_data(recipe);
    const OptimizerState start = initial_state(1);
    const auto one_by_one = open_cpu_learner(recipe, data, 1, start, 2);
    const auto at_once = open_cpu_learner(recipe, data, 1, start, 2);
    const std::vector<LossSum> together = at_once->advance(3);
    ASSERT_EQ(together.size(), 3u);
    for (const LossSum& sum : together) EXPECT_EQ(sum.loss, one_by_one->advance(1).at(0).loss);
    EXPECT_EQ(at_once->state().parameters, one_by_one->state().parameters);
    EXPECT_EQ(at_once->validate().at(0).loss, one_by_one->validate().at(0).loss);
}

TEST(Fit, EveryOptimizerAndScheduleLearns) {
    for (const OptimizerKind optimizer : {OptimizerKind::adamw, OptimizerKind::nadam, OptimizerKind::sgd})
        for (const ScheduleShape shape : {ScheduleShape::cosine, ScheduleShape::one_cycle}) {
            Recipe recipe = small_recipe(15);
            recipe.hand = {};
            recipe.schedule.average_decay = 0;
            recipe.schedule.optimizer = optimizer;
            recipe.schedule.shape = shape;
            recipe.schedule.warmup_epochs = 3;
            if (optimizer == OptimizerKind::sgd) recipe.schedule.learning_rate = 0.1;
            recipe.schedule.batch = 16;
            const FitResult result = fit(recipe, small_data(recipe), {}, {});
            EXPECT_LT(result.last.train_error, 0.02) << static_cast<int>(optimizer) << ' ' << static_cast<int>(shape);
        }
}

TEST(Fit, ReportsTheCurve) {
    const Recipe recipe = small_recipe(3);
    const TrainingData data = small_data(recipe);
    FitOptions options;
    options.checkpoint = checkpoint_path();
    std::vector<double> losses;
    std::int64_t samples = 0;
    FitCallbacks callbacks;
    callbacks.step = [&](const StepReport& report) { samples += report.samples; };
    callbacks.epoch = [&](const EpochReport& report, std::span<const CurvePoint> curve) {
        losses.push_back(report.validation_loss);
        ASSERT_EQ(curve.size(), losses.size());
        EXPECT_EQ(curve.back().validation_loss, report.validation_loss);
        EXPECT_EQ(report.step, 3 * report.epoch);
    };
    int epochs = 0;
    callbacks.stop = [&] { return ++epochs == 4; };  // after a step of the second epoch
    EXPECT_FALSE(fit(recipe, data, options, callbacks).finished);
    options.resume = true;
    callbacks.stop = [] { return false; };
    const FitResult result = fit(recipe, data, options, callbacks);
    ASSERT_EQ(result.curve.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(result.curve[i].validation_loss, losses[i]);
    EXPECT_EQ(samples, 3 * 200);
    EXPECT_EQ(result.kept_epoch, 3);
    EXPECT_EQ(result.trained_on, std::vector<std::string>{"cpu fp32"});
}

// --- early stopping

// Learns nothing after the first epochs: the learning rate is as good as 0 from the beginning.
Recipe hopeless_recipe(int epochs, int patience) {
    Recipe recipe = small_recipe(epochs);
    recipe.schedule.learning_rate = 1e-12;
    recipe.schedule.patience_epochs = patience;
    return recipe;
}

TEST(EarlyStopping, StopsWhenNothingImproves) {
    const Recipe recipe = hopeless_recipe(50, 4);
    const FitResult result = fit(recipe, small_data(recipe), {}, {});
    EXPECT_TRUE(result.finished);
    EXPECT_EQ(result.kept_epoch, 1);
    EXPECT_EQ(result.curve.size(), 5u);
    const Recipe patient = hopeless_recipe(6, 6);
    EXPECT_EQ(fit(patient, small_data(patient), {}, {}).curve.size(), 6u);
}

TEST(EarlyStopping, KeepsTheBestEpochAndResumes) {
    Recipe recipe = small_recipe(12);
    recipe.schedule.patience_epochs = 3;
    recipe.schedule.learning_rate = 0.02;
    const TrainingData data = small_data(recipe);
    FitOptions options;
    const FitResult straight = fit(recipe, data, options, {});
    ASSERT_TRUE(straight.finished);

    // The weights are those that the validation error was least with.
    const auto learner = open_cpu_learner(
        recipe, data, 1,
        [&] {
            OptimizerState state;
            state.parameters = state.average = straight.weights;
            return state;
        }(),
        1);
    double least = 1;
    for (const CurvePoint& point : straight.curve) least = std::min(least, point.validation_error);
    EXPECT_EQ(learner->validate().at(0).wrong / 100.0, least);
    EXPECT_EQ(straight.curve.at(static_cast<std::size_t>(straight.kept_epoch - 1)).validation_error, least);

    options.checkpoint_epochs = 1;
    for (const int stop_after : {5, 9, 14}) {
        options.checkpoint = checkpoint_path();
        options.resume = false;
        int steps = 0;
        FitCallbacks callbacks;
        callbacks.stop = [&] { return ++steps == stop_after; };
        if (fit(recipe, data, options, callbacks).finished) continue;
        options.resume = true;
        const FitResult resumed = fit(recipe, data, options, {});
        EXPECT_EQ(resumed.weights, straight.weights) << "stopped after " << stop_after;
        EXPECT_EQ(resumed.kept_epoch, straight.kept_epoch);
    }
    // A finished run that lost only its output has nothing left to do.
    options.resume = true;
    EXPECT_EQ(fit(recipe, data, options, {}).weights, straight.weights);
}

// --- distillation

Weights teacher_of(std::uint64_t seed) {
    Recipe recipe = small_recipe(10);
    FitOptions options;
    options.seed = seed;
    Weights teacher;
    teacher.values = fit(recipe, small_data(recipe), options, {}).weights;
    return teacher;
}

TEST(Distillation, StudentsLearnFromTeachersAlone) {
    Recipe recipe = small_recipe(25);
    recipe.schedule.batch = 32;
    recipe.schedule.distill = 1;
    recipe.schedule.distill_temperature = 2;
    TrainingData data = small_data(recipe);
    // Labels say nothing.
    data.train.make = [make = data.train.make](std::uint32_t epoch, std::uint32_t index, Tile& tile) {
        make(epoch, index, tile);
        return 0;
    };
    FitOptions options;
    options.teachers = {teacher_of(1), teacher_of(2)};
    const FitResult result = fit(recipe, data, options, {});
    EXPECT_LT(result.last.validation_error, 0.3);
    options.threads = 1;
    EXPECT_EQ(fit(recipe, data, options, {}).weights, result.weights);
}

TEST(Distillation, RefusesWhatDoesNotFit) {
    Recipe recipe = small_recipe(1);
    const TrainingData data = small_data(recipe);
    FitOptions options;
    options.teachers = {Weights{}};
    EXPECT_THROW(fit(recipe, data, options, {}), Error);  // teachers without distill
    recipe.schedule.distill = 0.5;
    options.checkpoint = checkpoint_path();
    options.checkpoint_epochs = 1;
    fit(recipe, data, options, {});
    options.resume = true;
    fit(recipe, data, options, {});  // its own is taken
    options.teachers[0].values[5] = 1;
    EXPECT_THROW(fit(recipe, data, options, {}), Error);  // the checkpoint was made with another teacher
    options.teachers.clear();
    EXPECT_THROW(fit(recipe, data, options, {}), Error);  // distill without teachers
}

TEST(Distillation, TeachersMustHaveTheRecipesClasses) {
    const std::filesystem::path photo[]{CHIFFRE_SOURCE_DIR "/weights/lenet5.safetensors"};
    const std::filesystem::path mnist[]{CHIFFRE_SOURCE_DIR "/weights/lenet5-mnist.safetensors"};
    Recipe recipe;
    EXPECT_EQ(load_teachers(mnist, recipe).size(), 1u);
    EXPECT_THROW(load_teachers(photo, recipe), Error);
    recipe.data = "photo";
    EXPECT_EQ(load_teachers(photo, recipe).size(), 1u);
    EXPECT_THROW(load_teachers(mnist, recipe), Error);
    recipe.no_digit = NoDigitTarget::uniform;
    EXPECT_THROW(load_teachers(photo, recipe), Error);
    EXPECT_THROW(load_teachers(mnist, recipe), Error);  // saw nothing but digits
}

TEST(Fit, LearnsTwoHundredSamplesByHeart) {
    Recipe recipe = small_recipe(40);
    recipe.hand = {};
    recipe.schedule.average_decay = 0;
    recipe.schedule.batch = 32;
    const FitResult result = fit(recipe, small_data(recipe), {}, {});
    EXPECT_EQ(result.last.train_error, 0);
    EXPECT_LT(result.last.loss, 0.02);
    EXPECT_LT(result.last.validation_error, 0.15);
}

TEST(Fit, SaysWhereItDiverged) {
    Recipe recipe = small_recipe(1);
    TrainingData data = small_data(recipe);
    recipe.schedule.learning_rate = std::numeric_limits<double>::infinity();
    try {
        fit(recipe, data, {}, {});
        ADD_FAILURE() << "an infinite learning rate was survived";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("diverged at step 2 (epoch 1)"), std::string::npos) << error.what();
    }
}

// --- MNIST itself

TEST(Mnist, IsReadAndSplit) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const LabelledTiles train = load_mnist(folder, MnistPart::train);
    ASSERT_EQ(train.size(), 60'000);
    EXPECT_EQ(train.labels[0], 5);
    EXPECT_EQ(load_mnist(folder, MnistPart::test).labels[0], 7);
    const MnistSplit split = hold_back(train);
    EXPECT_EQ(split.learn.size(), 55'000);
    EXPECT_EQ(split.validation.size(), 5'000);
}

TEST(Mnist, IsInTheFrameThatShapesArePutInto) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const LabelledTiles digits = load_mnist(folder, MnistPart::test);
    int same = 0;
    for (const Tile& digit : digits.tiles) {
        Tile framed;
        ASSERT_TRUE(frame({digit.ink.data(), kTileSide, kTileSide, kTileSide}, Frame{}, framed));
        int difference = 0, ink = 0;
        for (int i = 0; i < kTileBytes; ++i) {
            difference += std::abs(framed.ink[i] - digit.ink[i]);
            ink += digit.ink[i];
        }
        same += difference < ink / 10;
    }
    // The others have a rim fainter than kInkLevel, so that the box without it is a pixel smaller.
    EXPECT_GT(same, digits.size() * 97 / 100);
}

TEST(Mnist, CommittedWeightsMeetTheBar) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    struct Bar {
        const char* file;
        std::size_t most_wrong;  // of 10,000; for photographs a digit taken for none is wrong, too
    };
    for (const auto& [file, most_wrong] : {Bar{"lenet5-mnist", 47}, Bar{"lenet5", 65}}) {
        const Weights weights = load_weights(std::string(CHIFFRE_SOURCE_DIR "/weights/") + file + ".safetensors");
        const std::unique_ptr<Engine> engine = open_engine(parse_device("cpu"), weights);
        const Judgement judgement = judge(*engine, load_mnist(folder, MnistPart::test), score_meaning(weights).refuses);
        EXPECT_LE(judgement.wrong, most_wrong) << file;
    }
}

}  // namespace
}  // namespace chiffre::training
