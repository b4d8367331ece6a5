// sample_steps_test.cpp -- the steps by which a GPU makes samples, run on the CPU thread after thread: the tiles are
// those of the CPU's own loops, bit for bit.
#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "sample_plans.h"
#include "training/sample_steps.h"
#include "training/sample_tables.h"

namespace chiffre::training {
namespace {

// A block whose threads run one after the other. A step whose threads get in each other's way shows when the order is
// turned round.
struct Block {
    int threads;
    bool backwards;
    template <typename Step>
    void operator()(const Step& step) const {
        for (int i = 0; i < threads; ++i) step(cuda::Thread{backwards ? threads - 1 - i : i, threads});
    }
};

struct alignas(16) Chunk {
    std::byte bytes[16];
};

void expect_the_same_samples(const SamplePlan& plan, const Block& block) {
    const SampleSource source = planned_source(plan);
    const SampleTables tables(source.plan);
    cuda::SampleMemory memory{};
    std::vector<Chunk> chunks(cuda::lay_out(memory, tables.view(), nullptr) / sizeof(Chunk));
    cuda::lay_out(memory, tables.view(), chunks[0].bytes);

    ASSERT_EQ(tables.view().per_epoch, static_cast<std::uint32_t>(source.per_epoch));
    for (std::uint32_t i = 0; i < tables.view().per_epoch; ++i) {
        Tile wanted, tile;
        const int label = source.make(2, i, wanted);
        const cuda::SampleSetup setup = cuda::set_up_sample(tables.view(), 2, i);
        cuda::make_sample(tile.ink.data(), tables.view(), setup, memory, block);
        ASSERT_EQ(setup.label, label) << "sample " << i;
        ASSERT_EQ(tile.ink, wanted.ink) << "sample " << i << " of the kind " << plan.kinds[setup.kind].name;
    }
}

TEST(SampleSteps, BendTilesAsTheCpuDoes) {
    const SamplePlan plan = tile_plan(strong_augmentation(1), 300);
    for (const Block block : {Block{1, false}, Block{128, false}, Block{128, true}})
        expect_the_same_samples(plan, block);
}

TEST(SampleSteps, LeaveTilesAloneWhereTheRecipeSaysSo) {
    expect_the_same_samples(tile_plan(Augmentation{}, 20), {128, false});
}

TEST(SampleSteps, BendAndFrameGlyphsAsTheCpuDoes) {
    const SamplePlan plan = framed_plan(200);
    for (const Block block : {Block{1, false}, Block{128, false}, Block{128, true}})
        expect_the_same_samples(plan, block);
}

TEST(SampleSteps, WordsAreFourBytes) {
    const std::uint32_t a = 0xff80017f, b = 0x00ff0280;
    EXPECT_EQ(cuda::max_bytes(a, b), 0xffff0280u);
    EXPECT_EQ(cuda::min_bytes(a, b), 0x0080017fu);
    for (const std::uint32_t share : {0u, 1u, 77u, 128u, 255u, 256u})
        for (int i = 0; i < 4; ++i) {
            const std::uint32_t x = cuda::byte_of(a, i), y = cuda::byte_of(b, i);
            EXPECT_EQ(cuda::byte_of(cuda::weigh_bytes(a, 256 - share, b, 0, share), i),
                      (x * (256 - share) + y * share + 128) >> 8);
        }
    EXPECT_EQ(cuda::weigh_bytes(~0u, 86, ~0u, ~0u, 85), ~0u);
    EXPECT_EQ(cuda::first_bit(0, 2), 33);
    EXPECT_EQ(cuda::bits_end(0x80000000u, 0), 32);
    EXPECT_EQ(cuda::bits_end(1, 1), 33);
}

}  // namespace
}  // namespace chiffre::training
