// training_fit_test.cpp -- the training loop: the same bits however it runs, and it learns.
#include <gtest/gtest.h>

#include <cstdlib>

#include "engine.h"
#include "error.h"
#include "training/evaluate.h"
#include "training/fit.h"
#include "training/idx.h"
#include "training/mnist_data.h"
#include "training/seven_segment.h"

namespace chiffre::training {
namespace {

// Seven-segment figures: learned in seconds, and there without MNIST.
LabelledTiles display_digits(int count, std::uint32_t epoch) {
    LabelledTiles digits;
    digits.tiles.resize(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        Random random(1, Stream::glyphs, epoch, static_cast<std::uint32_t>(i));
        frame(draw_display_digit(random, i % 10).view(), Frame{}, digits.tiles[i]);
        digits.labels.push_back(static_cast<std::uint8_t>(i % 10));
    }
    return digits;
}

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
    return std::filesystem::path(testing::TempDir()) / "chiffre_fit.checkpoint";
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
    }
}

TEST(Fit, RefusesTheCheckpointOfAnotherRun) {
    const Recipe recipe = small_recipe(1);
    const TrainingData data = small_data(recipe);
    FitOptions options;
    options.checkpoint = checkpoint_path();
    fit(recipe, data, options, {});
    options.resume = true;
    options.seed = 9;
    EXPECT_THROW(fit(recipe, data, options, {}), Error);
    options.seed = 1;
    EXPECT_THROW(fit(small_recipe(2), data, options, {}), Error);
    EXPECT_THROW(fit(recipe, small_data(recipe, 199), options, {}), Error);
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
    const Weights weights = load_weights(CHIFFRE_SOURCE_DIR "/weights/lenet5-mnist.safetensors");
    const std::unique_ptr<Engine> engine = open_engine(parse_device("cpu"), weights);
    const Judgement judgement = judge(*engine, load_mnist(folder, MnistPart::test), score_meaning(weights).refuses);
    EXPECT_LE(judgement.wrong, 65) << "of 10,000";
}

}  // namespace
}  // namespace chiffre::training
