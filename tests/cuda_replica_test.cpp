// cuda_replica_test.cpp -- two GPUs that train together take the steps of one, and the same ones every time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "../kernels/training/replica.h"
#include "cuda_training.h"
#include "training/fit.h"
#include "training/learner.h"
#include "training/mnist_data.h"
#include "training/seven_segment.h"
#include "two_gpus.h"

namespace chiffre::cuda {
namespace {

constexpr int kGpus = 2;

// What `share` has of the batches from image `first` on.
Batch share_of(const Batch& whole, BatchShare share, int first, int count, int batch) {
    Batch part;
    for (const Places& places :
         places_of(share, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(count), batch))
        for (std::uint32_t i = 0; i < places.count; ++i) {
            part.tiles.push_back(whole.tiles[places.at(i)]);
            part.labels.push_back(whole.labels[places.at(i)]);
        }
    return part;
}

// work(gpu) for both, at the same time.
template <typename Work>
void on_both(const Work& work) {
    std::thread other([&] {
        CUDA_CHECK(cudaSetDevice(1));
        work(1);
    });
    CUDA_CHECK(cudaSetDevice(0));
    work(0);
    other.join();
}

struct Trained {
    std::vector<TrainerState> states;  // of all GPUs
    std::vector<LossSum> sums;
};

// `calls`: steps of each call of train().
Trained train_on_both(const Batch& all, int batch, const std::vector<int>& calls,
                      TrainingNumbers numbers = TrainingNumbers::fp32) {
    const int samples = static_cast<int>(all.labels.size()), steps = (samples + batch - 1) / batch;
    const auto how = constants(steps);
    const int gpus[] = {0, 1};
    GpuSum sum(gpus);
    std::vector<std::unique_ptr<Trainer>> trainers(kGpus);
    std::vector<std::unique_ptr<Replica>> replicas(kGpus);
    std::vector<std::vector<LossSum>> sums(kGpus, std::vector<LossSum>(steps));
    on_both([&](int gpu) {
        const BatchShare share{gpu, kGpus};
        trainers[gpu] = std::make_unique<Trainer>(
            TrainerSettings{.gpu = gpu, .batch = share.size(batch), .numbers = numbers}, start());
        replicas[gpu] = std::make_unique<Replica>(*trainers[gpu], sum, share, batch, steps);
    });
    int done = 0;
    for (const int count : calls) {
        const int first = done * batch, whole = std::min(samples - first, count * batch);
        std::vector<std::unique_ptr<OnDevice>> parts(kGpus);
        on_both([&](int gpu) {
            parts[gpu] = std::make_unique<OnDevice>(share_of(all, {gpu, kGpus}, first, whole, batch));
            replicas[gpu]->prepare(parts[gpu]->samples, whole, std::span(how).subspan(done, count));
        });
        on_both([&](int gpu) { replicas[gpu]->train(std::span(sums[gpu]).subspan(done, count)); });
        done += count;
    }
    Trained trained;
    for (const auto& trainer : trainers) trained.states.push_back(trainer->state());
    for (int s = 0; s < steps; ++s)
        trained.sums.push_back({sums[0][s].loss + sums[1][s].loss, sums[0][s].wrong + sums[1][s].wrong});
    return trained;
}

Trained train_on_one(const Batch& all, int batch, TrainingNumbers numbers = TrainingNumbers::fp32) {
    const int steps = (static_cast<int>(all.labels.size()) + batch - 1) / batch;
    Trained trained;
    trained.sums.resize(steps);
    Trainer trainer({.batch = batch, .numbers = numbers}, start());
    const OnDevice device(all);
    trainer.train(device.samples, constants(steps), trained.sums);
    trained.states.push_back(trainer.state());
    return trained;
}

void expect_same_bits(const TrainerState& a, const TrainerState& b) {
    EXPECT_EQ(a.parameters, b.parameters);
    EXPECT_EQ(a.mean, b.mean);
    EXPECT_EQ(a.square, b.square);
    EXPECT_EQ(a.average, b.average);
}

// After one step the mean gradient is a tenth of the gradient.
void expect_the_gradient_of_one(TrainingNumbers numbers, float most) {
    for (const int n : {1, 2, 7, 513, 2'000}) {
        const Batch batch = made_batch(n, kClasses);
        const std::vector<float> expected = train_on_one(batch, n, numbers).states[0].mean;
        const Trained both = train_on_both(batch, n, {1}, numbers);
        expect_gradients_close(expected, both.states[0].mean, most, "batch " + std::to_string(n));
    }
}

TEST(Replicas, GradientIsThatOfOneGpu) {
    CHIFFRE_NEEDS_TWO_GPUS();
    expect_the_gradient_of_one(TrainingNumbers::fp32, 1e-5f);
}

// Tensor cores cut off what they add up.
TEST(Replicas, MixedGradientIsThatOfOneGpu) {
    CHIFFRE_NEEDS_TWO_GPUS();
    expect_the_gradient_of_one(TrainingNumbers::mixed, 1e-4f);
}

// The last batch has 20 of 41 images.
TEST(Replicas, StepsAreThoseOfOneGpu) {
    CHIFFRE_NEEDS_TWO_GPUS();
    constexpr int kBatch = 41;
    const Batch batch = made_batch(4 * kBatch + 20, kClasses);
    const Trained one = train_on_one(batch, kBatch), both = train_on_both(batch, kBatch, {5});
    ASSERT_EQ(both.sums.size(), one.sums.size());
    for (std::size_t s = 0; s < one.sums.size(); ++s)
        EXPECT_NEAR(both.sums[s].loss, one.sums[s].loss, 1e-3 * one.sums[s].loss) << s;
    EXPECT_EQ(both.sums[0].wrong, one.sums[0].wrong);
    // As in cuda_trainer_test.cpp: Adam divides by the gradient's own size.
    int far = 0;
    for (int p = 0; p < kParameters; ++p) {
        EXPECT_NEAR(both.states[0].parameters[p], one.states[0].parameters[p], 2e-3) << p;
        far += std::abs(both.states[0].parameters[p] - one.states[0].parameters[p]) > 2e-5;
    }
    EXPECT_LE(far, kParameters / 200);
}

// Of the kernels' copies of parameters too: a later step's losses would differ.
void expect_the_same_bits(TrainingNumbers numbers) {
    const Batch batch = made_batch(1'000, kClasses);
    constexpr int kBatch = 96;
    const Trained whole = train_on_both(batch, kBatch, {11}, numbers);
    for (const std::vector<int>& calls :
         {std::vector<int>{11}, {1, 10}, {4, 4, 3}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}) {
        const Trained again = train_on_both(batch, kBatch, calls, numbers);
        expect_same_bits(again.states[0], whole.states[0]);
        expect_same_bits(again.states[1], again.states[0]);
        for (std::size_t s = 0; s < whole.sums.size(); ++s) {
            EXPECT_EQ(again.sums[s].loss, whole.sums[s].loss) << s;
            EXPECT_EQ(again.sums[s].wrong, whole.sums[s].wrong) << s;
        }
    }
}

TEST(Replicas, SameBitsAgainOnBothAndHoweverDivided) {
    CHIFFRE_NEEDS_TWO_GPUS();
    expect_the_same_bits(TrainingNumbers::fp32);
    expect_the_same_bits(TrainingNumbers::mixed);
}

// Steps of fewer images than GPUs.
TEST(Replicas, ShareABatchOfOne) {
    CHIFFRE_NEEDS_TWO_GPUS();
    const Batch batch = made_batch(3, kClasses);
    const Trained one = train_on_one(batch, 1), both = train_on_both(batch, 1, {3});
    for (int s = 0; s < 3; ++s) EXPECT_NEAR(both.sums[s].loss, one.sums[s].loss, 1e-4 * one.sums[s].loss) << s;
}

// Through the learner: samples, validation, checkpoints.
class TwoGpuFit : public testing::Test {
  protected:
    void SetUp() override {
        CHIFFRE_NEEDS_TWO_GPUS();
        recipe.schedule.epochs = 3;
        recipe.schedule.batch = 97;
        recipe.schedule.average_decay = 0.9;
        recipe.hand.warp = {5, 0.1, 0.1, 1, 0.3, 6};
        data = augmented_digits(display_digits(500, 0), display_digits(100, 1), recipe, 1);
    }

    static training::LabelledTiles display_digits(int count, std::uint32_t epoch) {
        training::LabelledTiles digits;
        digits.tiles.resize(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) {
            training::Random random(1, training::Stream::glyphs, epoch, static_cast<std::uint32_t>(i));
            frame(training::draw_display_digit(random, i % kClasses).view(), training::Frame{}, digits.tiles[i]);
            digits.labels.push_back(static_cast<std::uint8_t>(i % kClasses));
        }
        return digits;
    }

    static training::FitOptions on(const std::string& device) {
        training::FitOptions options;
        options.device = parse_device(device);
        return options;
    }

    training::Recipe recipe;
    training::TrainingData data;
};

TEST_F(TwoGpuFit, LearnsAsOneDoes) {
    const auto one = fit(recipe, data, on("cuda:0"), {}), both = fit(recipe, data, on("cuda:0,1"), {});
    EXPECT_EQ(both.trained_on, std::vector<std::string>{"cuda:0,1 fp32"});
    ASSERT_EQ(both.curve.size(), one.curve.size());
    for (std::size_t i = 0; i < one.curve.size(); ++i) {
        EXPECT_NEAR(both.curve[i].loss, one.curve[i].loss, 0.02 * one.curve[i].loss) << i;
        EXPECT_NEAR(both.curve[i].validation_loss, one.curve[i].validation_loss, 0.02 * one.curve[i].validation_loss)
            << i;
    }
}

TEST_F(TwoGpuFit, OtherOrderOfGpusGivesTheSameBits) {
    EXPECT_EQ(fit(recipe, data, on("cuda:1,0"), {}).weights, fit(recipe, data, on("cuda:0,1"), {}).weights);
}

TEST_F(TwoGpuFit, SecondGpuAloneGivesTheBitsOfTheFirst) {
    EXPECT_EQ(fit(recipe, data, on("cuda:1"), {}).weights, fit(recipe, data, on("cuda:0"), {}).weights);
}

TEST_F(TwoGpuFit, ResumesBitForBit) {
    training::FitOptions options = on("cuda:0,1");
    const auto straight = fit(recipe, data, options, {});
    options.checkpoint = std::filesystem::path(testing::TempDir()) / "chiffre_two_gpus.checkpoint";
    int calls = 0;
    training::FitCallbacks callbacks;
    callbacks.stop = [&] { return ++calls == 1; };
    EXPECT_FALSE(fit(recipe, data, options, callbacks).finished);
    options.resume = true;
    const auto resumed = fit(recipe, data, options, {});
    EXPECT_TRUE(resumed.finished);
    EXPECT_EQ(resumed.weights, straight.weights);
}

}  // namespace
}  // namespace chiffre::cuda
