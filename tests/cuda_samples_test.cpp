// cuda_samples_test.cpp -- samples made on a GPU are those of the CPU, in the epoch's order, however an epoch is cut.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cuda_device.h"
#include "gpu_hog.h"
#include "sample_plans.h"
#include "training/sample_maker.h"
#include "training/sample_tables.h"
#include "training/shuffle.h"

namespace chiffre::training {
namespace {

struct Made {
    std::vector<std::uint8_t> tiles, labels;
};

class CudaSamples : public OnGpu {
  protected:
    // The places [0, per_epoch) of an epoch, `at_once` of them in a call.
    static Made make_epoch(const cuda::SampleMaker& maker, std::uint32_t epoch, std::uint32_t at_once) {
        const std::uint32_t count = maker.per_epoch();
        const auto tiles = cuda::device_memory<std::uint8_t>(std::size_t{count} * kTileBytes);
        const auto labels = cuda::device_memory<std::uint8_t>(count);
        const cuda::Stream stream = cuda::make_stream();
        for (std::uint32_t first = 0; first < count; first += at_once)
            maker.make(tiles.get() + std::size_t{first} * kTileBytes, labels.get() + first, epoch, first,
                       std::min(at_once, count - first), stream.get());
        CUDA_CHECK(cudaStreamSynchronize(stream.get()));
        Made made{std::vector<std::uint8_t>(std::size_t{count} * kTileBytes), std::vector<std::uint8_t>(count)};
        CUDA_CHECK(cudaMemcpy(made.tiles.data(), tiles.get(), made.tiles.size(), cudaMemcpyDeviceToHost));
        CUDA_CHECK(cudaMemcpy(made.labels.data(), labels.get(), made.labels.size(), cudaMemcpyDeviceToHost));
        return made;
    }

    static void expect_the_cpus_samples(SamplePlan plan) {
        const SampleSource source = planned_source(std::move(plan));
        const SampleTables tables(source.plan);
        const cuda::SampleMaker maker(tables.view());
        ASSERT_EQ(maker.per_epoch(), static_cast<std::uint32_t>(source.per_epoch));
        const Made made = make_epoch(maker, 3, maker.per_epoch());
        std::size_t off = 0;
        for (std::uint32_t i = 0; i < maker.per_epoch(); ++i) {
            Tile tile;
            const int label = source.make(3, permuted(i, maker.per_epoch(), source.plan->seed, 3), tile);
            ASSERT_EQ(made.labels[i], label) << "place " << i;
            for (int k = 0; k < kTileBytes; ++k)
                off += std::abs(made.tiles[std::size_t{i} * kTileBytes + k] - tile.ink[k]) > 1;
        }
        // The sines and exponentials of a GPU's library and of the CPU's may round differently now and then, and a
        // pixel that is ink for one and not for the other moves its tile's frame.
        EXPECT_LE(off, made.tiles.size() / 1000) << "of " << made.tiles.size() << " pixels";
    }
};

TEST_F(CudaSamples, AreTheCpusForTilesBentInPlace) {
    expect_the_cpus_samples(tile_plan(strong_augmentation(1), 3'000));
}

TEST_F(CudaSamples, AreTheCpusForTilesLeftAlone) {
    expect_the_cpus_samples(tile_plan(Augmentation{}, 100));
}

TEST_F(CudaSamples, AreTheCpusForFramedGlyphs) {
    expect_the_cpus_samples(framed_plan(1'000));
}

TEST_F(CudaSamples, DoNotDependOnHowAnEpochIsCut) {
    for (const bool framed : {false, true}) {
        const SampleSource source =
            planned_source(framed ? framed_plan(3'000) : tile_plan(strong_augmentation(1), 10'000));
        const SampleTables tables(source.plan);
        const cuda::SampleMaker maker(tables.view());
        const Made whole = make_epoch(maker, 1, maker.per_epoch());
        for (const std::uint32_t at_once : {7u, 512u, 4'099u}) {
            const Made cut = make_epoch(maker, 1, at_once);
            EXPECT_EQ(cut.tiles, whole.tiles) << at_once;
            EXPECT_EQ(cut.labels, whole.labels) << at_once;
        }
        EXPECT_NE(make_epoch(maker, 2, maker.per_epoch()).tiles, whole.tiles);
    }
}

TEST_F(CudaSamples, OfSeveralGpusAreTheEpochs) {
    constexpr int kSamples = 1'000, kBatch = 64;
    const SampleSource source = planned_source(tile_plan(strong_augmentation(1), kSamples));
    const SampleTables tables(source.plan);
    const cuda::SampleMaker maker(tables.view());
    const Made whole = make_epoch(maker, 1, kSamples);
    const auto tiles = cuda::device_memory<std::uint8_t>(kSamples * kTileBytes);
    const auto labels = cuda::device_memory<std::uint8_t>(kSamples);
    const cuda::Stream stream = cuda::make_stream();
    for (int gpu = 0; gpu < 3; ++gpu)
        for (const cuda::Places& places : cuda::places_of({gpu, 3}, 0, kSamples, kBatch)) {
            maker.make(tiles.get(), labels.get(), 1, places, stream.get());
            CUDA_CHECK(cudaStreamSynchronize(stream.get()));
            std::vector<std::uint8_t> found(std::size_t{places.count} * kTileBytes);
            CUDA_CHECK(cudaMemcpy(found.data(), tiles.get(), found.size(), cudaMemcpyDeviceToHost));
            for (std::uint32_t i = 0; i < places.count; ++i)
                ASSERT_TRUE(std::equal(found.begin() + i * kTileBytes, found.begin() + (i + 1) * kTileBytes,
                                       whole.tiles.begin() + std::ptrdiff_t{places.at(i)} * kTileBytes))
                    << "GPU " << gpu << ", sample " << i;
        }
}

TEST_F(CudaSamples, OfShapesThatTheGpuHasNoMemoryForAreRefused) {
    const SampleSource source = planned_source(tile_plan(Augmentation{}, 4'000));  // four megabytes
    const SampleTables tables(source.plan);
    {
        const auto taken = cuda::hog(0);
        try {
            const cuda::SampleMaker maker(tables.view());
            ADD_FAILURE() << "no CudaError was thrown";
        } catch (const cuda::CudaError& error) {
            EXPECT_EQ(error.status(), cudaErrorMemoryAllocation) << error.what();
        }
    }
    EXPECT_NO_THROW(cuda::SampleMaker{tables.view()});
}

TEST_F(CudaSamples, OfNoOtherEpochAreAskedFor) {
    const SampleSource source = planned_source(tile_plan(Augmentation{}, 10));
    const SampleTables tables(source.plan);
    const cuda::SampleMaker maker(tables.view());
    EXPECT_THROW(maker.make(nullptr, nullptr, 0, 1, 10, nullptr), std::out_of_range);
    EXPECT_THROW(maker.make(nullptr, nullptr, 0, 11, 0, nullptr), std::out_of_range);
    EXPECT_THROW(maker.make(nullptr, nullptr, 0, cuda::Places{0, 4, 2, 9}, nullptr), std::out_of_range);
    EXPECT_NO_THROW(maker.make(nullptr, nullptr, 0, 10, 0, nullptr));
}

}  // namespace
}  // namespace chiffre::training
