// tile_ring_test.cpp -- the way of tiles to the GPU and of scores back, with a kernel that only adds up bytes.
#include "tile_ring.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <future>
#include <numeric>
#include <vector>

#include "gpu_hog.h"
#include "gpus.h"
#include "lenet5_reference.h"
#include "needs_gpu.h"
#include "tile_sums.cuh"

namespace chiffre::cuda {
namespace {

Scores sums_of(const Tile& tile) {
    const int sum = std::accumulate(tile.ink.begin(), tile.ink.end(), 0);
    Scores scores;
    for (int digit = 0; digit < kClasses; ++digit)
        scores[digit] = static_cast<float>(digit) * 1e6f + static_cast<float>(sum);
    return scores;
}

void expect_sums(TileRing& ring, std::span<const Tile> tiles) {
    std::vector<Scores> scores(tiles.size());
    ring.run(tiles, scores);
    for (std::size_t i = 0; i < tiles.size(); ++i)
        ASSERT_EQ(scores[i], sums_of(tiles[i])) << i << " of " << tiles.size();
}

class TileRingOnGpu : public testing::Test {
  protected:
    void SetUp() override {
        CHIFFRE_NEEDS_GPU();
        make_current(0);
    }

    // Chunks so small that a few hundred tiles go round several times.
    static constexpr TileRing::Limits kSmall{64, 16, 32, 8};
};

TEST_F(TileRingOnGpu, EveryPathBringsTheRightTilesToTheRightPlace) {
    const std::vector<Tile> tiles = reference::made_tiles(500);
    const PinnedMemory<Tile> pinned = pinned_memory<Tile>(tiles.size());
    std::memcpy(pinned.get(), tiles.data(), tiles.size() * sizeof(Tile));
    std::vector<Tile> memory(tiles.size() + 1);  // and at an odd address
    auto* odd = reinterpret_cast<Tile*>(reinterpret_cast<std::uint8_t*>(memory.data()) + 1);
    std::memcpy(odd, tiles.data(), tiles.size() * sizeof(Tile));

    TileRing ring(tile_sums, kSmall);
    EXPECT_EQ(ring.limits().chunk, kSmall.chunk);
    for (const Tile* start : {tiles.data(), static_cast<const Tile*>(pinned.get()), static_cast<const Tile*>(odd)})
        for (const std::size_t n : {1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 96, 128, 192, 193, 500})
            expect_sums(ring, {start, n});
}

TEST_F(TileRingOnGpu, UsualLimits) {
    const std::size_t n = 3 * TileRing::Limits{}.chunk + 77;
    const PinnedMemory<Tile> pinned = pinned_memory<Tile>(n);
    const std::vector<Tile> tiles = reference::made_tiles(n);
    std::memcpy(pinned.get(), tiles.data(), n * sizeof(Tile));
    TileRing ring(tile_sums, {});
    for (const Tile* start : {tiles.data(), static_cast<const Tile*>(pinned.get())})
        for (const std::size_t size : {std::size_t{1}, std::size_t{128}, std::size_t{129}, std::size_t{1025}, n})
            expect_sums(ring, {start, size});
}

TEST_F(TileRingOnGpu, PartlyPageLockedMemoryIsNotTakenForPageLocked) {
    constexpr std::size_t kTiles = 400, kPageTiles = 4096 / sizeof(Tile);
    struct FreeMemory {
        void operator()(Tile* memory) const { std::free(memory); }
    };
    const std::unique_ptr<Tile[], FreeMemory> memory(
        static_cast<Tile*>(std::aligned_alloc(4096, kTiles * sizeof(Tile))));
    const std::vector<Tile> tiles = reference::made_tiles(kTiles);
    std::memcpy(memory.get(), tiles.data(), kTiles * sizeof(Tile));
    CUDA_CHECK(cudaHostRegister(memory.get(), 50 * kPageTiles * sizeof(Tile), cudaHostRegisterDefault));
    TileRing ring(tile_sums, kSmall);
    expect_sums(ring, {memory.get(), kTiles});
    CUDA_CHECK(cudaHostUnregister(memory.get()));
}

TEST_F(TileRingOnGpu, GoesOnAfterALaunchThatFailed) {
    int launches_left = 1 << 30;
    const auto failing = [&](const ForwardBatch& batch, cudaStream_t stream) {
        if (launches_left-- == 0) throw CudaError(cudaErrorLaunchOutOfResources, "injected", __FILE__, __LINE__);
        tile_sums(batch, stream);
    };
    const std::vector<Tile> tiles = reference::made_tiles(300);
    std::vector<Scores> scores(tiles.size());
    TileRing ring(failing, kSmall);
    for (const int good : {0, 1, 2, 5}) {
        launches_left = good;
        EXPECT_THROW(ring.run(tiles, scores), CudaError);
        launches_left = 1 << 30;
        expect_sums(ring, tiles);
    }
}

TEST_F(TileRingOnGpu, SeveralThreadsAtOnce) {
    const std::vector<Tile> tiles = reference::made_tiles(500);
    std::array<std::future<void>, 4> threads;
    for (std::future<void>& thread : threads)
        thread = std::async(std::launch::async, [&] {
            make_current(0);
            TileRing ring(tile_sums, kSmall);
            for (int i = 0; i < 20; ++i) expect_sums(ring, tiles);
        });
    for (std::future<void>& thread : threads) thread.get();
}

TEST_F(TileRingOnGpu, TakesSmallerChunksWhereMemoryIsShort) {
    TileRing before(tile_sums, {});
    expect_sums(before, reference::made_tiles(1));  // its code is on the GPU from now on, for large batches too
    constexpr std::size_t kMiB = std::size_t{1} << 20;
    const auto memory = hog(14 * kMiB);  // half of what the usual chunks take
    TileRing ring(tile_sums, {});
    EXPECT_LT(ring.limits().chunk, TileRing::Limits{}.chunk);
    EXPECT_GE(ring.limits().chunk, TileRing::Limits{}.fewest);
    expect_sums(ring, reference::made_tiles(9000));

    TileRing::Limits proud;
    proud.chunk = std::size_t{1} << 18;
    proud.fewest = std::size_t{1} << 17;
    try {
        TileRing too_large(tile_sums, proud);
        ADD_FAILURE() << "expected too little memory";
    } catch (const CudaError& e) {
        EXPECT_EQ(e.status(), cudaErrorMemoryAllocation);
    }
    expect_sums(ring, reference::made_tiles(40));
}

}  // namespace
}  // namespace chiffre::cuda
