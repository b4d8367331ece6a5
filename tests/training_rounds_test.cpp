// training_rounds_test.cpp -- the CUDA trainer's passes, run on the CPU: the same text, with loops in the place of
// threads, against the CPU trainer's gradient, which is checked against float64, finite differences and PyTorch.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include "../kernels/training/backward_round.h"
#include "../kernels/training/batch_share.h"
#include "../kernels/training/dense_gradient.h"
#include "../kernels/training/layered_passes.h"
#include "../kernels/training/round_loss.h"
#include "cpu/backprop.h"
#include "loop_block.h"
#include "made_batch.h"

namespace chiffre::cuda {
namespace {

std::vector<float> transposed(const float* w, int rows, int columns) {
    std::vector<float> t(static_cast<std::size_t>(rows) * columns);
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j) t[j * rows + i] = w[i * columns + j];
    return t;
}

struct Result {
    std::vector<float> gradient = std::vector<float>(kParameters);
    std::vector<int> times = std::vector<int>(kParameters);  // that a gradient was given for a parameter
    double loss = 0;
    int wrong = 0;
};

// The second half of a step.
Result by_tasks(const std::vector<DenseRecord>& records, const std::vector<float>& parts, int count) {
    Result result;
    LoopBlock block;
    std::vector<float> scratch(kTaskScratch);
    for (int task = 0; task < kGradientTasks; ++task)
        gradient_task(block, task, records.data(), static_cast<int>(records.size()), parts.data(), count,
                      scratch.data(), [&](int parameter, float gradient) {
                          result.gradient[parameter] = gradient;
                          ++result.times[parameter];
                      });
    for (const DenseRecord& record : records) {
        result.loss += record.loss;
        result.wrong += record.wrong;
    }
    return result;
}

// As the grid does it: `blocks` blocks take rounds in turn, then tasks.
template <int kImages>
Result by_rounds(std::vector<float> parameters, const Batch& batch, int blocks, const RoundLoss& loss,
                 const float* teachers = nullptr) {
    std::vector<float> c5 = transposed(&parameters[weight_offset(kC5)], kC5Out, kC5In);
    std::vector<float> f6 = transposed(&parameters[weight_offset(kF6)], kF6Out, kC5Out);
    const TrainedWeights weights{parameters.data(), c5.data(), f6.data()};
    const int n = static_cast<int>(batch.tiles.size()), rounds = (n + kImages - 1) / kImages;
    std::vector<DenseRecord> records(n);
    std::vector<float> parts;
    auto round = std::make_unique<Round<kImages>>();
    LoopBlock block;
    for (int b = 0; b < std::min(blocks, rounds); ++b) {
        stage_convolutions(block, *round, parameters.data());
        std::fill(std::begin(round->gradient), std::end(round->gradient), 0.0f);
        for (int r = b; r < rounds; r += blocks) {
            const int first = r * kImages, count = std::min(kImages, n - first);
            forward(block, *round, weights, batch.tiles[first].ink.data(), &batch.labels[first], count);
            for (int i = 0; i < kImages; ++i)
                cross_entropy(*round, loss, teachers && i < count ? teachers + (first + i) * (kClasses + 1) : nullptr,
                              i);
            backward(block, *round, weights);
            write_records(block, *round, &records[first], count);
        }
        parts.insert(parts.end(), std::begin(round->gradient), std::end(round->gradient));
    }
    return by_tasks(records, parts, std::min(blocks, rounds));
}

// As many launches do it: every pass over all items of all rounds before the next.
template <int kPass, int kImages>
void launch_pass(const LayeredBatch<kImages>& batch, int items) {
    for (int r = 0; r < batch.number_of_rounds(); ++r)
        for (int item = 0; item < items; ++item) {
            OnePass<kPass> pass{item};
            learn_from_round(pass, batch, r);
        }
}
template <int kImages, int... kPasses>
void launch_passes(const LayeredBatch<kImages>& batch, const PassSizes& sizes, std::integer_sequence<int, kPasses...>) {
    (launch_pass<kPasses>(batch, sizes.items[kPasses]), ...);
}

template <int kImages>
Result by_passes(std::vector<float> parameters, const Batch& batch, const RoundLoss& loss) {
    std::vector<float> c5 = transposed(&parameters[weight_offset(kC5)], kC5Out, kC5In);
    std::vector<float> f6 = transposed(&parameters[weight_offset(kF6)], kF6Out, kC5Out);
    const int n = static_cast<int>(batch.tiles.size()), rounds = (n + kImages - 1) / kImages;
    std::vector<Round<kImages>> memory(rounds);
    std::vector<DenseRecord> records(n);
    std::vector<float> parts(static_cast<std::size_t>(rounds) * kConvolutionParameters);
    const PassSizes sizes = pass_sizes(memory.front());
    EXPECT_EQ(sizes.seen, kRoundPasses);
    launch_passes<kImages>(
        {batch.tiles.front().ink.data(), batch.labels.data(), nullptr, n, loss,
         TrainedWeights{parameters.data(), c5.data(), f6.data()}, memory.data(), records.data(), parts.data()},
        sizes, std::make_integer_sequence<int, kRoundPasses>());
    return by_tasks(records, parts, rounds);
}

Result by_the_cpu(const std::vector<float>& parameters, const Batch& batch, const training::LossSettings& settings) {
    const int n = static_cast<int>(batch.tiles.size());
    std::vector<Scores> logits(n), dlogits(n);
    cpu::Backprop network;
    network.forward(parameters.data(), batch.tiles, logits);
    const training::LossSum sum = loss_and_gradient(logits, batch.labels, settings, dlogits);
    Result result;
    network.backward(parameters.data(), dlogits, result.gradient);
    result.loss = sum.loss;
    result.wrong = sum.wrong;
    return result;
}

// Differences are judged beside the largest gradient of the layer.
void expect_close(const Result& expected, const Result& found) {
    for (int layer = 0; layer < static_cast<int>(kLayers.size()); ++layer) {
        float largest = 0, difference = 0;
        for (int i = 0; i < kLayers[layer].parameters(); ++i) {
            const int p = weight_offset(layer) + i;
            largest = std::max(largest, std::abs(expected.gradient[p]));
            difference = std::max(difference, std::abs(expected.gradient[p] - found.gradient[p]));
            ASSERT_EQ(found.times[p], 1) << kLayers[layer].name << ' ' << i;
        }
        EXPECT_LE(difference, 1e-5f * largest) << kLayers[layer].name;
    }
    EXPECT_NEAR(found.loss, expected.loss, 1e-5 * std::abs(expected.loss));
    EXPECT_EQ(found.wrong, expected.wrong);
}

template <typename T>
class TrainingRounds : public testing::Test {};
template <int kValue>
using Images = std::integral_constant<int, kValue>;
using RoundSizes = testing::Types<Images<1>, Images<2>, Images<4>>;
TYPED_TEST_SUITE(TrainingRounds, RoundSizes);

TYPED_TEST(TrainingRounds, GradientIsTheCpus) {
    const std::vector<float> weights = made_weights();
    for (const int n : {1, 7, 33}) {
        const Batch batch = made_batch(n, kClasses);
        expect_close(by_the_cpu(weights, batch, {}),
                     by_rounds<TypeParam::value>(weights, batch, 3, {.scale = 1.0f / static_cast<float>(n)}));
    }
}

TYPED_TEST(TrainingRounds, NoDigitAndSmoothing) {
    const std::vector<float> weights = made_weights();
    const Batch batch = made_batch(22, kClasses + 1);
    expect_close(
        by_the_cpu(weights, batch, {.refuses = true, .smoothing = 0.1f}),
        by_rounds<TypeParam::value>(weights, batch, 5, {.refuses = true, .smoothing = 0.1f, .scale = 1.0f / 22}));
}

TYPED_TEST(TrainingRounds, PassByPassGivesTheSame) {
    constexpr int kImages = TypeParam::value;
    const std::vector<float> weights = made_weights();
    for (const int n : {1, 9}) {
        const Batch batch = made_batch(n, kClasses + 1);
        const RoundLoss loss{.refuses = true, .smoothing = 0.1f, .scale = 1.0f / static_cast<float>(n)};
        expect_close(by_rounds<kImages>(weights, batch, n, loss), by_passes<kImages>(weights, batch, loss));
    }
}

// Two teachers' logits, whose mean probabilities the passes are given.
TYPED_TEST(TrainingRounds, TeachersHaveTheirShare) {
    constexpr int n = 13;
    const std::vector<float> weights = made_weights();
    const Batch batch = made_batch(n, kClasses + 1);
    const training::LossSettings settings{.refuses = true, .smoothing = 0.1f, .distill = 0.6f, .temperature = 2};
    std::vector<float> probabilities(n * (kClasses + 1));
    std::vector<training::Target> targets;
    std::uint32_t index = 5'000;
    for (int i = 0; i < n; ++i) {
        std::array<Scores, 2> teachers;
        for (Scores& logits : teachers) {
            double total = 1;  // no digit's logit is 0
            for (float& z : logits) {
                z = static_cast<float>(reference::hash32(index++) / 5e8 - 4);
                total += std::exp(z / 2.0);
            }
            for (int k = 0; k <= kClasses; ++k)
                probabilities[i * (kClasses + 1) + k] +=
                    static_cast<float>(0.5 * (k < kClasses ? std::exp(logits[k] / 2.0) : 1.0) / total);
        }
        targets.push_back(training::label_target(batch.labels[i], settings));
        training::mix_teachers_in(targets.back(), teachers, settings);
    }
    std::vector<Scores> logits(n), dlogits(n);
    const std::vector<int> labels(batch.labels.begin(), batch.labels.end());
    cpu::Backprop network;
    network.forward(weights.data(), batch.tiles, logits);
    const auto sum = training::cross_entropy(logits, labels, targets, true, 1.0f / n, dlogits);
    Result expected;
    network.backward(weights.data(), dlogits, expected.gradient);
    expected.loss = sum.loss;
    expected.wrong = sum.wrong;
    expect_close(expected,
                 by_rounds<TypeParam::value>(weights, batch, 2,
                                             {.refuses = true, .smoothing = 0.1f, .taught = 0.6f, .scale = 1.0f / n},
                                             probabilities.data()));
}

TYPED_TEST(TrainingRounds, NoDigitOverTenClasses) {
    const Batch batch = made_batch(22, kClasses + 1);
    for (const float sharper : {1.0f, 30.0f}) {  // with sharp scores some marks count as wrong
        std::vector<float> weights = made_weights();
        for (int i = weight_offset(kOutput); i < kParameters; ++i) weights[i] *= sharper;
        const Result expected = by_the_cpu(weights, batch, {.smoothing = 0.1f});
        expect_close(expected, by_rounds<TypeParam::value>(weights, batch, 5, {.smoothing = 0.1f, .scale = 1.0f / 22}));
        const Batch marks{{batch.tiles[10], batch.tiles[21]}, {kClasses, kClasses}};
        EXPECT_EQ(by_rounds<TypeParam::value>(weights, marks, 1, {}).wrong, sharper > 1 ? 2 : 0);
    }
}

// Several GPUs: the gradients of the shares, each scaled by the whole batch, add up to the batch's.
TEST(TrainingShares, AddUpToTheGradientOfTheBatch) {
    constexpr int kImages = 23;
    const std::vector<float> weights = made_weights();
    const Batch batch = made_batch(kImages, kClasses);
    for (const int gpus : {2, 3, 40}) {
        Result sum;
        std::fill(sum.times.begin(), sum.times.end(), 1);
        for (int i = 0; i < gpus; ++i) {
            const BatchShare share{i, gpus};
            const auto first = share.first(kImages), end = first + share.size(kImages);
            const Batch part{{batch.tiles.begin() + first, batch.tiles.begin() + end},
                             {batch.labels.begin() + first, batch.labels.begin() + end}};
            const Result found = by_rounds<4>(weights, part, 3, {.scale = 1.0f / kImages});
            for (int p = 0; p < kParameters; ++p) {
                EXPECT_EQ(found.times[p], 1) << p;  // an empty share gives zeros
                sum.gradient[p] += found.gradient[p];
            }
            sum.loss += found.loss;
            sum.wrong += found.wrong;
        }
        expect_close(by_the_cpu(weights, batch, {}), sum);
    }
}

}  // namespace
}  // namespace chiffre::cuda
