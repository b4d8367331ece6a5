// cuda_sticky_test.cpp -- a GPU whose context breaks in the middle of a run. It breaks for the whole process, so this
// is a program of its own, and each of its tests runs in its own process (ctest does so).
#include <gtest/gtest.h>

#include "engine.h"
#include "error.h"
#include "fallback_engine.h"
#include "gpus.h"
#include "lenet5_reference.h"
#include "needs_gpu.h"
#include "tile_ring.h"
#include "tile_sums.cuh"

namespace chiffre {
namespace {

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

}  // namespace
}  // namespace chiffre
