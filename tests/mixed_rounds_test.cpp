// mixed_rounds_test.cpp -- the mixed precision passes, run on the CPU with plain arrays in the place of tensor cores,
// against the fp32 gradient.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "../kernels/training/mixed_backward.h"
#include "../kernels/training/round_loss.h"
#include "cpu/backprop.h"
#include "loop_block.h"
#include "made_batch.h"

namespace chiffre::cuda {
namespace {

// Shared memory that a block may have.
static_assert(sizeof(MixedRound<4>) <= 227 * 1024, "compute capability 9.0 and 10.0");
static_assert(sizeof(MixedRound<2>) <= 163 * 1024, "8.0");
static_assert(sizeof(MixedRound<1>) <= 99 * 1024, "8.6, 8.9 and 12.0");
static_assert(sizeof(Round<4>) <= 227 * 1024 && sizeof(Round<2>) <= 163 * 1024 && sizeof(Round<1>) <= 99 * 1024);

TEST(PackedIndex, IsAPermutation) {
    std::vector<bool> seen(kPackedTile);
    for (int m = 0; m < 16; ++m)
        for (int k = 0; k < 16; ++k) seen[packed_index(m, k)] = true;
    EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](bool is) { return is; }));
}

template <int kImages>
std::vector<float> by_mixed_rounds(const std::vector<float>& parameters, const Batch& batch, int blocks,
                                   const RoundLoss& loss) {
    std::vector<__half> memory(kPackedHalves);
    const PackedDense packed = packed_dense(memory.data());
    for (int i = 0; i < kParameters; ++i) pack(memory.data(), i, parameters[i]);
    const int n = static_cast<int>(batch.tiles.size()), rounds = (n + kImages - 1) / kImages;
    std::vector<DenseRecord> records(n);
    std::vector<float> parts;
    auto round = std::make_unique<MixedRound<kImages>>();
    LoopBlock block;
    for (int b = 0; b < std::min(blocks, rounds); ++b) {
        clear(block, *round);
        stage_convolutions(block, *round, packed_convolutions(memory.data()));
        for (int r = b; r < rounds; r += blocks) {
            const int first = r * kImages, count = std::min(kImages, n - first);
            forward(block, *round, parameters.data(), packed, batch.tiles[first].ink.data(), &batch.labels[first],
                    count);
            for (int i = 0; i < kImages; ++i) cross_entropy(*round, loss, nullptr, i);
            backward(block, *round, packed);
            write_records(block, *round, &records[first], count);
        }
        parts.insert(parts.end(), std::begin(round->gradient), std::end(round->gradient));
    }
    std::vector<float> gradient(kParameters), scratch(kTaskScratch);
    for (int task = 0; task < kGradientTasks; ++task)
        gradient_task(block, task, records.data(), n, parts.data(), std::min(blocks, rounds), scratch.data(),
                      [&](int parameter, float sum) { gradient[parameter] = sum / static_cast<float>(n); });
    return gradient;
}

template <typename T>
class MixedRounds : public testing::Test {};
template <int kValue>
using Images = std::integral_constant<int, kValue>;
using RoundSizes = testing::Types<Images<1>, Images<2>, Images<4>>;
TYPED_TEST_SUITE(MixedRounds, RoundSizes);

// Halves have 11 bits: sums of many products agree to a few thousandths of the layer's largest gradient.
TYPED_TEST(MixedRounds, GradientIsNearlyTheCpus) {
    const std::vector<float> weights = made_weights();
    for (const int n : {1, 7, 33}) {
        const Batch batch = made_batch(n, kClasses + 1);
        std::vector<Scores> logits(n), dlogits(n);
        std::vector<float> expected(kParameters);
        cpu::Backprop network;
        network.forward(weights.data(), batch.tiles, logits);
        loss_and_gradient(logits, batch.labels, {.refuses = true}, dlogits);
        network.backward(weights.data(), dlogits, expected);
        const std::vector<float> found = by_mixed_rounds<TypeParam::value>(weights, batch, 3, {.refuses = true});
        expect_gradients_close(expected, found, 5e-3f, "batch " + std::to_string(n));
    }
}

}  // namespace
}  // namespace chiffre::cuda
