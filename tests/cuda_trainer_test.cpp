// cuda_trainer_test.cpp -- the CUDA trainer against the CPU's: gradients, whole steps, and the same bits again however
// a run is divided.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "../kernels/training/layered_training.h"
#include "../kernels/training/teachers_on_gpu.h"
#include "cpu/backprop.h"
#include "cuda_training.h"
#include "needs_gpu.h"

namespace chiffre::cuda {
namespace {

class CudaTrainer : public testing::Test {
  protected:
    void SetUp() override { CHIFFRE_NEEDS_GPU(); }
};

// Halves have 11 bits.
void expect_the_cpus_gradient(TrainingNumbers numbers, float most, bool refuses, const std::vector<int>& batches,
                              std::size_t most_shared_bytes = kAllSharedMemory) {
    const std::vector<float> weights = made_weights();
    for (const int n : batches) {
        const Batch batch = made_batch(n, kClasses + 1);
        std::vector<Scores> logits(n), dlogits(n);
        std::vector<float> expected(kParameters);
        cpu::Backprop network;
        network.forward(weights.data(), batch.tiles, logits);
        loss_and_gradient(logits, batch.labels, {.refuses = refuses, .smoothing = 0.05f}, dlogits);
        network.backward(weights.data(), dlogits, expected);

        Trainer trainer({.batch = n,
                         .loss = {.refuses = refuses, .smoothing = 0.05f},
                         .numbers = numbers,
                         .most_shared_bytes = most_shared_bytes},
                        start());
        const OnDevice device(batch);
        const std::vector<float> found = trainer.gradient(device.samples);
        expect_gradients_close(expected, found, most, "batch " + std::to_string(n));
    }
}

constexpr float kFp32 = 1e-5f, kMixed = 5e-3f;
const std::vector<int> kSmall{1, 7, 33}, kLarge{512, 1'000};

TEST_F(CudaTrainer, GradientIsTheCpus) {
    expect_the_cpus_gradient(TrainingNumbers::fp32, kFp32, false, kLarge);
}

TEST_F(CudaTrainer, MixedGradientIsNearlyTheCpus) {
    expect_the_cpus_gradient(TrainingNumbers::mixed, kMixed, false, kLarge);
}

// Few enough for compute-sanitizer.
TEST_F(CudaTrainer, GradientOfSmallBatches) {
    expect_the_cpus_gradient(TrainingNumbers::fp32, kFp32, true, kSmall);
}

TEST_F(CudaTrainer, MixedGradientOfSmallBatches) {
    expect_the_cpus_gradient(TrainingNumbers::mixed, kMixed, true, kSmall);
}

// Rounds of two images and of one, as on GPUs of compute capability 8.0 and 8.6.
TEST_F(CudaTrainer, LessSharedMemoryGivesTheSameGradient) {
    for (const std::size_t bytes : {163 * 1024, 99 * 1024}) {
        expect_the_cpus_gradient(TrainingNumbers::fp32, kFp32, true, {1, 7, 333}, bytes);
        expect_the_cpus_gradient(TrainingNumbers::mixed, kMixed, true, {1, 7, 333}, bytes);
    }
}

TEST_F(CudaTrainer, TeachersTeachTheirMeanProbabilities) {
    constexpr int n = 77;
    constexpr float kTemperature = 2;
    const Batch batch = made_batch(n, kClasses);
    const OnDevice device(batch);
    std::vector<float> other = made_weights();
    std::reverse(other.begin() + weight_offset(kOutput), other.end());
    const std::vector<std::vector<float>> teachers{made_weights(), other};
    for (const bool refuses : {true, false}) {
        const DeviceMemory<float> taught = device_memory<float>(n * (kClasses + 1));
        TeachersOnGpu(teachers, refuses, kTemperature).teach(taught.get(), device.tiles.get(), n, nullptr);
        std::vector<float> found(n * (kClasses + 1));
        CUDA_CHECK(cudaMemcpy(found.data(), taught.get(), found.size() * sizeof(float), cudaMemcpyDeviceToHost));
        std::vector<std::array<Scores, 2>> logits(n);
        for (std::size_t t = 0; t < teachers.size(); ++t) {
            std::vector<Scores> of_teacher(n);
            cpu::Backprop network;
            network.forward(teachers[t].data(), batch.tiles, of_teacher);
            for (int i = 0; i < n; ++i) logits[i][t] = of_teacher[i];
        }
        const training::LossSettings settings{.refuses = refuses, .distill = 1, .temperature = kTemperature};
        for (int i = 0; i < n; ++i) {
            training::Target expected = training::label_target(batch.labels[i], settings);
            training::mix_teachers_in(expected, logits[i], settings);
            for (int k = 0; k <= kClasses; ++k)
                EXPECT_NEAR(found[i * (kClasses + 1) + k], expected[k], 1e-5) << i << ' ' << k;
        }
    }
}

// A step for each of `steps`, so many of them in each call.
std::pair<TrainerState, std::vector<LossSum>> train_in_calls(const TrainerSettings& settings, DeviceSamples samples,
                                                             std::span<const training::StepConstants> steps,
                                                             const std::vector<int>& calls) {
    Trainer trainer(settings, start());
    std::vector<LossSum> sums(steps.size());
    int done = 0;
    for (const int count : calls) {
        trainer.train(samples, steps.subspan(done, count), std::span(sums).subspan(done, count));
        samples.tiles += static_cast<std::ptrdiff_t>(count) * settings.batch * kTileBytes;
        samples.labels += count * settings.batch;
        samples.count -= count * settings.batch;
        done += count;
    }
    return {trainer.state(), sums};
}

void expect_the_same_bits(TrainingNumbers numbers) {
    const Batch batch = made_batch(1'000, kClasses);
    const OnDevice device(batch);
    constexpr int kBatch = 96, kSteps = 11;
    const auto steps = constants(kSteps);
    const auto run = [&](const std::vector<int>& calls) {
        return train_in_calls({.batch = kBatch, .numbers = numbers}, device.samples, steps, calls);
    };
    const auto [whole, whole_sums] = run({11});
    for (const std::vector<int>& calls : {std::vector<int>{11}, {1, 10}, {4, 4, 3}}) {
        const auto [state, sums] = run(calls);
        EXPECT_EQ(state.parameters, whole.parameters);
        EXPECT_EQ(state.mean, whole.mean);
        EXPECT_EQ(state.square, whole.square);
        EXPECT_EQ(state.average, whole.average);
        for (int i = 0; i < kSteps; ++i) {
            EXPECT_EQ(sums[i].loss, whole_sums[i].loss) << i;
            EXPECT_EQ(sums[i].wrong, whole_sums[i].wrong) << i;
        }
    }
}

TEST_F(CudaTrainer, SameBitsHoweverDivided) {
    expect_the_same_bits(TrainingNumbers::fp32);
    expect_the_same_bits(TrainingNumbers::mixed);
}

// The steps of update_rule.h with the CPU's gradients.
TEST_F(CudaTrainer, StepsAreTheCpus) {
    constexpr int kBatch = 40, kSteps = 5;
    const Batch batch = made_batch(kBatch * kSteps, kClasses);
    const OnDevice device(batch);
    const auto steps = constants(kSteps);
    Trainer trainer({.batch = kBatch}, start());
    std::vector<LossSum> sums(kSteps);
    trainer.train(device.samples, steps, sums);
    const TrainerState found = trainer.state();

    TrainerState expected = start();
    cpu::Backprop network;
    for (int s = 0; s < kSteps; ++s) {
        const std::span tiles = std::span(batch.tiles).subspan(s * kBatch, kBatch);
        const std::span labels = std::span(batch.labels).subspan(s * kBatch, kBatch);
        std::vector<Scores> logits(kBatch), dlogits(kBatch);
        std::vector<float> gradient(kParameters);
        network.forward(expected.parameters.data(), tiles, logits);
        const auto sum = loss_and_gradient(logits, labels, {}, dlogits);
        EXPECT_NEAR(sums[s].loss, sum.loss, 1e-3 * sum.loss);
        network.backward(expected.parameters.data(), dlogits, gradient);
        for (int layer = 0; layer < static_cast<int>(kLayers.size()); ++layer)
            for (int p = weight_offset(layer); p < weight_offset(layer) + kLayers[layer].parameters(); ++p) {
                training::StepConstants c = steps[s];
                if (p >= bias_offset(layer)) c.decay = 0;
                update_parameter(training::UpdateRule::adaptive, c, gradient[p], expected.parameters[p],
                                 expected.mean[p], expected.square[p], expected.average[p]);
            }
    }
    // Adam divides by the gradient's own size, so rounding of a gradient near zero moves its parameter: nearly all
    // agree closely, every one to a part of the five steps' length.
    int far = 0;
    for (int p = 0; p < kParameters; ++p) {
        EXPECT_NEAR(found.parameters[p], expected.parameters[p], 2e-3) << p;
        EXPECT_NEAR(found.average[p], expected.average[p], 2e-3) << p;
        far += std::abs(found.parameters[p] - expected.parameters[p]) > 2e-5;
    }
    EXPECT_LE(far, kParameters / 200);
}

// A launch for each pass, one by one and in a CUDA graph, beside all steps in one launch.
TEST_F(CudaTrainer, LayeredGradientIsTheSame) {
    for (const int n : {1, 7, 33, 512, 1'000}) {
        const Batch batch = made_batch(n, kClasses + 1);
        const OnDevice device(batch);
        const TrainerSettings fused{.batch = n, .loss = {.refuses = true, .smoothing = 0.05f}};
        TrainerSettings layered = fused, in_a_graph = fused;
        layered.launch = layered_launcher(n);
        in_a_graph.launch = graphed(layered_launcher(n));
        const std::vector<float> expected = Trainer(fused, start()).gradient(device.samples);
        const std::vector<float> found = Trainer(layered, start()).gradient(device.samples);
        EXPECT_EQ(Trainer(in_a_graph, start()).gradient(device.samples), found);
        expect_gradients_close(expected, found, 1e-5f, "batch " + std::to_string(n));
    }
}

// A graph is recorded for a run and must not be used for another: pieces of other lengths, at other places.
TEST_F(CudaTrainer, GraphsTakeTheSameSteps) {
    constexpr int kBatch = 96, kSteps = 11;
    const Batch batch = made_batch(1'000, kClasses);
    const OnDevice device(batch);
    const auto steps = constants(kSteps);
    const auto run = [&](TrainingLauncher launch, const std::vector<int>& calls) {
        TrainerSettings settings{.batch = kBatch};
        settings.launch = std::move(launch);
        return train_in_calls(settings, device.samples, steps, calls);
    };
    const auto [expected, expected_sums] = run(layered_launcher(kBatch), {kSteps});
    for (const std::vector<int>& calls : {std::vector<int>{kSteps}, {1, 1, 9}, {4, 4, 3}}) {
        const auto [found, sums] = run(graphed(layered_launcher(kBatch)), calls);
        EXPECT_EQ(found.parameters, expected.parameters);
        EXPECT_EQ(found.average, expected.average);
        for (int i = 0; i < kSteps; ++i) EXPECT_EQ(sums[i].loss, expected_sums[i].loss) << i;
    }
}

TEST_F(CudaTrainer, EvaluatesAsTheCpu) {
    const Batch batch = made_batch(777, kClasses + 1);
    const OnDevice device(batch);
    TrainerState state = start();
    std::reverse(state.average.begin(), state.average.end());
    Trainer trainer({.loss = {.refuses = true, .smoothing = 0.3f}}, state);
    for (const bool of_average : {false, true}) {
        const std::vector<float>& weights = of_average ? state.average : state.parameters;
        std::vector<Scores> logits(777);
        cpu::Backprop network;
        network.forward(weights.data(), batch.tiles, logits);
        const auto expected = training::measure_loss(logits, batch.labels, true);
        const LossSum found = trainer.evaluate(device.samples, of_average);
        EXPECT_NEAR(found.loss, expected.loss, 1e-5 * expected.loss);
        EXPECT_NEAR(found.wrong, expected.wrong, 1);
    }
}

}  // namespace
}  // namespace chiffre::cuda
