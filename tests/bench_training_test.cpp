// bench_training_test.cpp -- how `bench train` follows a run, what it refuses to compare, and the ladder's arithmetic,
// on a few made tiles.
#include <gtest/gtest.h>

#include "bench/training_curve.h"
#include "bench/training_ladder.h"
#include "error.h"
#include "made_batch.h"
#include "training/mnist_data.h"

namespace chiffre {
namespace {

using namespace bench;
using training::LabelledTiles;
using training::OptimizerState;
using training::Recipe;

constexpr int kSamples = 150, kHeldBack = 40;

Recipe small_recipe() {
    Recipe recipe;
    recipe.name = "small";
    recipe.schedule.epochs = 4;
    recipe.schedule.batch = 64;
    recipe.schedule.average_decay = 0.9;
    return recipe;
}

training::TrainingData small_data(const Recipe& recipe) {
    const Batch learn = made_batch(kSamples, kClasses), validation = made_batch(kHeldBack, kClasses);
    return training::augmented_digits({learn.tiles, learn.labels}, {validation.tiles, validation.labels}, recipe, 1);
}

OpenLearner on_cpu(const training::TrainingData& data, int threads) {
    return [&data, threads](const Recipe& recipe, const OptimizerState& start) {
        return training::open_cpu_learner(recipe, data, 1, start, threads);
    };
}

TEST(TrainingCurves, FollowARunToItsEnd) {
    const Recipe recipe = small_recipe();
    const training::TrainingData data = small_data(recipe);
    const TrainingCurve curve = follow_training(on_cpu(data, 1), recipe, data, 1);
    ASSERT_EQ(curve.epochs.size(), 4u);
    EXPECT_EQ(curve.device, "cpu");
    EXPECT_EQ(curve.steps, 4 * 3);
    EXPECT_EQ(curve.images, 4 * kSamples);
    EXPECT_FALSE(curve.reached);
    double before = 0;
    for (const CurveEpoch& epoch : curve.epochs) {
        EXPECT_GT(epoch.training_s, before);
        EXPECT_GE(epoch.whole_s, epoch.training_s);
        EXPECT_GT(epoch.validation_loss, 0);
        before = epoch.training_s;
    }

    const std::unique_ptr<training::Learner> learner = on_cpu(data, 2)(recipe, training::initial_state(1));
    double loss = 0;
    for (const training::LossSum& sum : learner->advance(3)) loss += sum.loss / kSamples;
    const training::LossSum validation = learner->validate().front();
    EXPECT_DOUBLE_EQ(curve.epochs[0].loss, loss);
    EXPECT_DOUBLE_EQ(curve.epochs[0].validation_loss, validation.loss / kHeldBack);
    EXPECT_DOUBLE_EQ(curve.epochs[0].validation_error, static_cast<double>(validation.wrong) / kHeldBack);
}

TEST(TrainingCurves, EndAtTheTargetAndAtTheBudget) {
    const Recipe recipe = small_recipe();
    const training::TrainingData data = small_data(recipe);
    const TrainingCurve easy = follow_training(on_cpu(data, 1), recipe, data, 1, {.target_error = 1});
    EXPECT_TRUE(easy.reached);
    EXPECT_EQ(easy.epochs.size(), 1u);
    const TrainingCurve short_of_time = follow_training(on_cpu(data, 1), recipe, data, 1, {.budget_s = 1e-9});
    EXPECT_FALSE(short_of_time.reached);
    EXPECT_EQ(short_of_time.epochs.size(), 1u);
}

TEST(TrainingCurves, SayWhereTheyDiverge) {
    Recipe recipe = small_recipe();
    recipe.schedule.optimizer = training::OptimizerKind::sgd;
    recipe.schedule.learning_rate = 1e30;
    const training::TrainingData data = small_data(recipe);
    try {
        follow_training(on_cpu(data, 1), recipe, data, 1);
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("training on cpu diverged in epoch 1"), std::string::npos)
            << error.what();
    }
}

TEST(FirstSteps, OfOtherThreadsAreTheSame) {
    const Recipe recipe = small_recipe();
    const training::TrainingData data = small_data(recipe);
    EXPECT_NO_THROW(check_first_steps("two threads", on_cpu(data, 2), "one thread", on_cpu(data, 1), recipe, data, 1,
                                      {.loss = 0, .gradient = 0}));
}

TEST(FirstSteps, OfOtherSamplesAreRefused) {
    const Recipe recipe = small_recipe();
    const training::TrainingData data = small_data(recipe);
    const OpenLearner other_seed = [&data](const Recipe& its, const OptimizerState& start) {
        return training::open_cpu_learner(its, data, 2, start, 1);
    };
    try {
        check_first_steps("another seed", other_seed, "the CPU", on_cpu(data, 1), recipe, data, 1);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_data);
        EXPECT_NE(std::string(error.what()).find("another seed: expected the"), std::string::npos) << error.what();
    }
}

TEST(TrainingLadder, WithoutAGpuHasItsFirstTwoRungs) {
    const Recipe recipe = small_recipe();
    const training::TrainingData data = small_data(recipe);
    const std::vector<Rung> rungs = training_rungs(recipe, data, 1, {.why_not = "expected a GPU, found none"});
    ASSERT_EQ(rungs.size(), 10u);
    const TrainingLimits limits{.target_error = 1};
    const std::vector<Climbed> climbed = climb(rungs, data, 1, limits);
    for (std::size_t i = 0; i < climbed.size(); ++i) {
        EXPECT_EQ(climbed[i].curve.has_value(), i < 2) << climbed[i].name;
        EXPECT_EQ(climbed[i].why_not.empty(), i < 2) << climbed[i].name;
    }
    EXPECT_EQ(climbed[0].curve->epochs.front().loss, climbed[1].curve->epochs.front().loss);
    EXPECT_EQ(ladder_table(climbed, limits).rows().size(), 10u);
    EXPECT_EQ(ladder_plot(climbed, limits).series.size(), 2u);
}

TrainingCurve made_curve(double training_s, bool reached) {
    return {.device = "cpu",
            .steps = 10,
            .images = 1'000,
            .training_s = training_s,
            .whole_s = 2 * training_s,
            .epochs = {{.validation_error = 0.03}, {.validation_error = reached ? 0.01 : 0.04}},
            .reached = reached};
}

TEST(TrainingLadder, ComparesRowsThatReachedTheTarget) {
    const std::vector<Climbed> climbed{{"a", "", 64, made_curve(8, true)},
                                       {"b", "", 64, made_curve(1, false)},
                                       {"c", "no GPU", 64, {}},
                                       {"d", "", 128, made_curve(2, true)},
                                       {"e", "", 128, made_curve(1, true)}};
    EXPECT_EQ(ladder_table(climbed, {.target_error = 0.01}).csv(),
              "training,device,batch,epochs,to_target_us,over_row_before,over_first,images_per_s,step_us,"
              "validation_error,remark\n"
              "a,cpu,64,2,8000000,,,125,800000,0.01,\n"
              "b,cpu,64,2,,,,1000,100000,0.04,not 1 % in 2 epochs; lowest 3.00 %\n"
              "c,,,,,,,,,,SKIPPED: no GPU\n"
              "d,cpu,128,2,2000000,4,4,500,200000,0.01,\n"
              "e,cpu,128,2,1000000,2,8,1000,100000,0.01,\n");
}

}  // namespace
}  // namespace chiffre
