// cuda_search_test.cpp -- a search on GPUs: the runs of fit, and the same result on one GPU and on two.
#include <gtest/gtest.h>

#include "display_digits.h"
#include "needs_gpu.h"
#include "training/fit.h"
#include "training/mnist_data.h"
#include "training/search.h"
#include "training/training_data.h"

namespace chiffre::training {
namespace {

Recipe small_recipe() {
    Recipe recipe;
    recipe.schedule.epochs = 6;
    recipe.schedule.batch = 50;
    recipe.hand.warp = {5, 0.1, 0.1, 1, 0.3, 6};
    return recipe;
}

SearchResult search_on(const std::vector<int>& gpus) {
    const Recipe recipe = small_recipe();
    const TrainingData data = augmented_digits(display_digits(500, 0), display_digits(300, 1), recipe, 0);
    SearchSettings settings;
    settings.seeds = 2;
    settings.fit.device = {Device::Kind::cuda, gpus};
    SearchCallbacks callbacks;
    callbacks.data = [&](const Recipe& of, std::uint64_t seed, int) { return adapt_data(data, of, seed); };
    const std::vector<std::string> vary{"learning_rate=0,0.002,0.004,0.008", "hand.rotation_deg=5,10"};
    return search(choose_candidates(recipe, parse_variations(vary, recipe), {}, 1), settings, callbacks);
}

TEST(CudaSearch, TrainsWhatFitTrains) {
    CHIFFRE_NEEDS_GPU();
    const SearchResult result = search_on({0});
    ASSERT_TRUE(result.finished);
    EXPECT_EQ(result.device, "cuda");
    const Trial& best = result.trials.front();
    ASSERT_EQ(best.state, TrialState::finished);
    FitOptions options;
    options.device = {Device::Kind::cuda, {0}};
    const Recipe& recipe = best.candidate.recipe;
    const TrainingData data = augmented_digits(display_digits(500, 0), display_digits(300, 1), recipe, options.seed);
    EXPECT_EQ(static_cast<double>(best.runs.at(0).wrong) / 300, fit(recipe, data, options, {}).last.validation_error);
    for (const Trial& trial : result.trials) {
        const bool learns = trial.candidate.values[0] != "0";
        EXPECT_TRUE(learns || trial.state == TrialState::dropped) << trial.score->error;
    }
}

TEST(CudaSearch, IsTheSameOnOneGpuAndOnTwo) {
    CHIFFRE_NEEDS_GPU();
    if (cuda::find_gpus().count < 2) GTEST_SKIP() << "expected two GPUs, found one";
    const SearchResult one = search_on({0}), two = search_on({0, 1});
    ASSERT_TRUE(one.finished && two.finished);
    ASSERT_EQ(one.trials.size(), two.trials.size());
    for (std::size_t i = 0; i < one.trials.size(); ++i) {
        EXPECT_EQ(one.trials[i].candidate.values, two.trials[i].candidate.values);
        EXPECT_EQ(one.trials[i].ending, two.trials[i].ending);
        EXPECT_EQ(one.trials[i].score->error, two.trials[i].score->error);
    }
}

}  // namespace
}  // namespace chiffre::training
