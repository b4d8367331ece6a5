// cuda_sticky_test.cpp -- a GPU whose context breaks in the middle of a run. It breaks for the whole process, so this
// is a program of its own, and each of its tests runs in its own process (ctest does so).
#include <gtest/gtest.h>

#include <thread>

#include "../kernels/training/replica.h"
#include "cuda_training.h"
#include "engine.h"
#include "error.h"
#include "fallback_engine.h"
#include "gpus.h"
#include "lenet5_reference.h"
#include "needs_gpu.h"
#include "tile_ring.h"
#include "tile_sums.cuh"
#include "training/learner.h"
#include "training/mnist_data.h"
#include "two_gpus.h"

namespace chiffre {
namespace {

// The current one.
void break_gpu() {
    const cuda::Stream stream = cuda::make_stream();
    cuda::trap(stream.get());
    static_cast<void>(cudaStreamSynchronize(stream.get()));
}

std::vector<Scores> classify(Engine& engine, std::span<const Tile> tiles) {
    std::vector<Scores> scores(tiles.size());
    engine.classify(tiles, scores);
    return scores;
}

TEST(StickyError, RingThrowsAndIsDestroyed) {
    CHIFFRE_NEEDS_GPU();
    cuda::make_current(0);
    cuda::TileRing ring(cuda::tile_sums, {});
    break_gpu();
    const std::vector<Tile> tiles = reference::made_tiles(3'000);
    std::vector<Scores> scores(tiles.size());
    EXPECT_THROW(ring.run(tiles, scores), cuda::CudaError);
    EXPECT_THROW(ring.run(tiles, scores), cuda::CudaError);
}

TEST(StickyError, NamedGpuEndsTheRun) {
    CHIFFRE_NEEDS_GPU();
    const auto engine = open_engine(parse_device("cuda"), default_weights());
    const std::vector<Tile> tiles = reference::made_tiles(40);
    classify(*engine, tiles);
    break_gpu();
    try {
        classify(*engine, tiles);
        ADD_FAILURE() << "expected an Error";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::no_device);
        EXPECT_TRUE(std::string(e.what()).starts_with("cuda:0: expected the GPU to go on working, found: "))
            << e.what();
    }
}

TEST(StickyError, AutomaticGoesOnOnTheCpu) {
    CHIFFRE_NEEDS_GPU();
    std::vector<std::string> notices;
    const auto engine =
        open_engine({}, default_weights(), Precision::fp32, [&](const std::string& line) { notices.push_back(line); });
    ASSERT_EQ(engine->device(), "cuda:0");
    break_gpu();
    const std::vector<Tile> tiles = reference::made_tiles(3'000);
    const auto on_cpu = classify(*open_engine(parse_device("cpu"), default_weights()), tiles);
    EXPECT_EQ(classify(*engine, tiles), on_cpu);
    EXPECT_EQ(classify(*engine, tiles), on_cpu);
    EXPECT_EQ(engine->device(), "cpu");
    EXPECT_EQ(notices.size(), 1u);
}

// The other one waits for its part of a sum that never comes, and must not wait for ever.
TEST(StickyError, OneOfTwoLetsTheOtherGo) {
    CHIFFRE_NEEDS_TWO_GPUS();
    using namespace cuda;
    constexpr int kBatch = 64;
    const int gpus[] = {0, 1};
    GpuSum sum(gpus);
    std::vector<std::unique_ptr<OnDevice>> samples;
    std::vector<std::unique_ptr<Trainer>> trainers;
    std::vector<std::unique_ptr<Replica>> replicas;
    for (const int gpu : gpus) {
        make_current(gpu);
        const BatchShare share{gpu, 2};
        samples.push_back(std::make_unique<OnDevice>(made_batch(kBatch / 2, kClasses)));
        trainers.push_back(std::make_unique<Trainer>(TrainerSettings{.gpu = gpu, .batch = kBatch / 2}, start()));
        replicas.push_back(std::make_unique<Replica>(*trainers[gpu], sum, share, kBatch, 1));
        replicas[gpu]->prepare(samples[gpu]->samples, kBatch, constants(1));
    }
    break_gpu();
    std::thread waiting([&] {
        make_current(0);
        std::vector<LossSum> sums(1);
        // NCCL maps the memory of one GPU into the other, and the driver then fails the healthy one as well (seen on
        // two H200): which of the two exceptions comes depends on who notices first.
        EXPECT_ANY_THROW(replicas[0]->train(sums));
    });
    std::vector<LossSum> sums(1);
    EXPECT_THROW(replicas[1]->train(sums), CudaError);
    waiting.join();
}

TEST(StickyError, OneOfTwoEndsTraining) {
    CHIFFRE_NEEDS_TWO_GPUS();
    using namespace training;
    Recipe recipe;
    recipe.schedule.batch = 64;
    LabelledTiles digits;
    digits.tiles = reference::made_tiles(500);
    for (int i = 0; i < 500; ++i) digits.labels.push_back(static_cast<std::uint8_t>(i % kClasses));
    const TrainingData data = augmented_digits(digits, digits, recipe, 1);
    FitOptions options;
    options.device = parse_device("cuda:0,1");
    const auto learner = open_learner(recipe, data, options, initial_state(1));
    learner->advance(3);
    cuda::make_current(1);
    break_gpu();
    try {
        learner->advance(3);
        ADD_FAILURE() << "expected an Error";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::no_device);
        EXPECT_NE(std::string(e.what()).find(": expected the GPU to go on working, found: "), std::string::npos)
            << e.what();
    }
}

}  // namespace
}  // namespace chiffre
