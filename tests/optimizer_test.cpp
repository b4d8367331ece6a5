// optimizer_test.cpp -- update rules against PyTorch's optimizers, schedules against their definitions.
#include "training/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace chiffre::training {
namespace {

// --- update rules

// The formulas of reference/make_optimizer_reference.py.
double reference_gradient(int step) {
    return std::sin(0.7 * step) + 0.3 * std::cos(2.1 * step) - 0.2;
}
double reference_rate(int step) {
    return 0.02 / (1 + 0.05 * step);
}

// The constants of a step whose learning rate is `rate`: a run without end has the rate of its beginning.
StepConstants constants_at(Schedule schedule, double rate, int step) {
    schedule.learning_rate = rate;
    schedule.warmup_epochs = 0;
    return step_constants(schedule, step, std::int64_t{1} << 40, 10);
}

// A weight is decayed, a bias is not; both begin where the reference does.
void expect_path_of_pytorch(OptimizerKind kind, const std::string& weights, const std::string& biases) {
    const auto reference = nlohmann::json::parse(std::ifstream(CHIFFRE_REFERENCE_DIR "/optimizer_reference.json"));
    Schedule schedule;
    schedule.optimizer = kind;
    schedule.momentum = reference.at("momentum").get<double>();
    schedule.weight_decay = reference.at("weight_decay").get<double>();
    OptimizerState state = initial_state(3);
    std::vector<float> gradient(kParameters);
    const int weight = weight_offset(kC3) + 17, bias = bias_offset(kF6) + 83;
    state.parameters[weight] = state.parameters[bias] = reference.at("start").get<float>();
    for (int step = 0; step < 40; ++step) {
        gradient[weight] = gradient[bias] = static_cast<float>(reference_gradient(step));
        take_step(state, gradient, update_rule(schedule), constants_at(schedule, reference_rate(step), step));
        if (!weights.empty()) {
            EXPECT_NEAR(state.parameters[weight], reference.at("paths").at(weights)[step].get<double>(), 2e-6) << step;
        }
        EXPECT_NEAR(state.parameters[bias], reference.at("paths").at(biases)[step].get<double>(), 2e-6) << step;
    }
    EXPECT_EQ(state.step, 40);
}

TEST(Optimizer, AdamwTakesThePathOfPyTorch) {
    expect_path_of_pytorch(OptimizerKind::adamw, "adamw", "adamw_no_decay");
}
TEST(Optimizer, NadamTakesThePathOfPyTorch) {
    expect_path_of_pytorch(OptimizerKind::nadam, "nadam", "nadam_no_decay");
}
TEST(Optimizer, SgdTakesThePathOfPyTorch) {
    expect_path_of_pytorch(OptimizerKind::sgd, "", "sgd_no_decay");
}

// PyTorch's SGD has no decoupled decay: against the definition, in double precision.
TEST(Optimizer, SgdDecaysWeightsBesideTheMomentum) {
    Schedule schedule;
    schedule.optimizer = OptimizerKind::sgd;
    schedule.weight_decay = 0.1;
    OptimizerState state = initial_state(3);
    const int weight = weight_offset(kC1) + 3;
    std::vector<float> gradient(kParameters);
    double m = 0, p = state.parameters[weight];
    for (int step = 0; step < 40; ++step) {
        const double g = reference_gradient(step), rate = reference_rate(step);
        gradient[weight] = static_cast<float>(g);
        take_step(state, gradient, update_rule(schedule), constants_at(schedule, rate, step));
        m = 0.9 * m + g;
        p -= rate * (m + 0.1 * p);
        EXPECT_NEAR(state.parameters[weight], p, 2e-6) << step;
    }
    EXPECT_EQ(std::count(state.square.begin(), state.square.end(), 0.0f), kParameters);
}

TEST(Optimizer, AveragesTheParameters) {
    Schedule schedule;
    schedule.average_decay = 0.5;
    OptimizerState state = initial_state(3);
    const std::vector<float> gradient(kParameters, 0.1f);
    double average = state.parameters[100];
    for (int t = 1; t <= 12; ++t) {
        take_step(state, gradient, update_rule(schedule), constants_at(schedule, 0.01, t - 1));
        const double decay = std::min(0.5, (1.0 + t) / (10 + t));
        average = decay * average + (1 - decay) * state.parameters[100];
    }
    EXPECT_NEAR(state.average[100], average, 1e-5);
    EXPECT_EQ(&best_estimate(state, schedule), &state.average);
    schedule.average_decay = 0;
    const float before = state.average[100];
    take_step(state, gradient, update_rule(schedule), constants_at(schedule, 0.01, 12));
    EXPECT_EQ(state.average[100], before);
    EXPECT_EQ(&best_estimate(state, schedule), &state.parameters);
}

// --- schedules

TEST(Schedule, RisesThenFallsAsACosine) {
    Schedule schedule;
    schedule.learning_rate = 2;
    schedule.warmup_epochs = 1;
    EXPECT_NEAR(learning_rate(schedule, 0, 1'000, 10), 0.2, 1e-3);
    EXPECT_NEAR(learning_rate(schedule, 9, 1'000, 10), 2, 1e-3);
    EXPECT_NEAR(learning_rate(schedule, 500, 1'000, 10), 1, 1e-9);
    EXPECT_NEAR(learning_rate(schedule, 250, 1'000, 10), 1 + std::sqrt(0.5), 1e-9);
    EXPECT_LT(learning_rate(schedule, 999, 1'000, 10), 1e-4);
}

TEST(Schedule, RisesFromATwentyFifthInOneCycle) {
    Schedule schedule;
    schedule.shape = ScheduleShape::one_cycle;
    schedule.learning_rate = 2;
    schedule.warmup_epochs = 30;  // of 100
    EXPECT_NEAR(learning_rate(schedule, 0, 1'000, 10), 2.0 / 25, 1e-9);
    EXPECT_NEAR(learning_rate(schedule, 150, 1'000, 10), 26.0 / 25, 1e-9);  // half way up
    EXPECT_NEAR(learning_rate(schedule, 300, 1'000, 10), 2, 1e-9);
    EXPECT_NEAR(learning_rate(schedule, 650, 1'000, 10), 1, 1e-9);  // half way down
    EXPECT_LT(learning_rate(schedule, 999, 1'000, 10), 1e-4);
    for (int step = 1; step < 1'000; ++step)
        EXPECT_EQ(learning_rate(schedule, step, 1'000, 10) > learning_rate(schedule, step - 1, 1'000, 10), step <= 300);
    schedule.warmup_epochs = 0;
    EXPECT_EQ(learning_rate(schedule, 0, 1'000, 10), 2);
    schedule.warmup_epochs = 500;  // longer than the run: it never falls
    EXPECT_NEAR(learning_rate(schedule, 999, 1'000, 10), 2 * (1 + 24 * 999 / 5'000.0) / 25, 1e-9);
}

TEST(Schedule, ScalesTheRateWithTheBatch) {
    Schedule schedule;
    schedule.batch = 512;
    schedule.learning_rate = 0.01;
    EXPECT_EQ(with_batch(schedule, 512).learning_rate, 0.01);
    EXPECT_NEAR(with_batch(schedule, 2'048).learning_rate, 0.02, 1e-12);
    EXPECT_EQ(with_batch(schedule, 2'048).batch, 2'048);
    EXPECT_EQ(with_batch(schedule, 2'048).average_decay, 0);  // there is none
    schedule.optimizer = OptimizerKind::nadam;
    EXPECT_NEAR(with_batch(schedule, 128).learning_rate, 0.005, 1e-12);
    schedule.optimizer = OptimizerKind::sgd;
    EXPECT_NEAR(with_batch(schedule, 2'048).learning_rate, 0.04, 1e-12);
}

TEST(Schedule, TheAverageSpansAsManySamplesForEveryBatch) {
    Schedule schedule;
    schedule.batch = 512;
    schedule.average_decay = 0.99;
    // Four steps of the old batch have the samples of one of the new.
    EXPECT_NEAR(with_batch(schedule, 2'048).average_decay, 0.99 * 0.99 * 0.99 * 0.99, 1e-12);
    EXPECT_NEAR(std::pow(with_batch(schedule, 128).average_decay, 4), 0.99, 1e-12);
    EXPECT_EQ(with_batch(schedule, 512).average_decay, 0.99);
    schedule.average_decay = kHighestAverageDecay;
    EXPECT_EQ(with_batch(schedule, 1).average_decay, kHighestAverageDecay);
}

TEST(Initialization, HasVarianceOneOverFanIn) {
    const OptimizerState state = initial_state(1);
    for (int layer = 0; layer < static_cast<int>(kLayers.size()); ++layer) {
        if (kLayers[layer].weights() == 0) continue;
        double squares = 0;
        for (int i = 0; i < kLayers[layer].weights(); ++i)
            squares += std::pow(static_cast<double>(state.parameters[weight_offset(layer) + i]), 2);
        const double wanted = 1.0 / kLayers[layer].weights_per_output();
        EXPECT_NEAR(squares / kLayers[layer].weights() / wanted, 1, 0.2) << kLayers[layer].name;
        EXPECT_EQ(state.parameters[bias_offset(layer)], 0);
    }
}

}  // namespace
}  // namespace chiffre::training
