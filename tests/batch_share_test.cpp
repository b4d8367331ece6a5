// batch_share_test.cpp -- the shares of several GPUs are the batch: every image once, in order, none twice.
#include "../kernels/training/batch_share.h"

#include <gtest/gtest.h>

#include <numeric>

namespace chiffre::cuda {
namespace {

TEST(BatchShare, SharesStandSideBySideAndAreTheBatch) {
    for (const int gpus : {1, 2, 3, 7, 8})
        for (int batch = 0; batch <= 40; ++batch) {
            int next = 0, largest = 0, smallest = batch;
            for (int i = 0; i < gpus; ++i) {
                const BatchShare share{i, gpus};
                ASSERT_EQ(share.first(batch), next) << batch << " images, share " << i << " of " << gpus;
                next += share.size(batch);
                largest = std::max(largest, share.size(batch));
                smallest = std::min(smallest, share.size(batch));
            }
            ASSERT_EQ(next, batch) << gpus;
            EXPECT_LE(largest - smallest, 1);
        }
}

// A GPU's memory for a batch is enough for the shorter one at an epoch's end.
TEST(BatchShare, OfALargerBatchIsNotSmaller) {
    for (const int gpus : {2, 3, 7})
        for (int i = 0; i < gpus; ++i)
            for (int batch = 0; batch < 40; ++batch) {
                const BatchShare share{i, gpus};
                EXPECT_LE(share.size(batch), share.size(batch + 1));
            }
}

std::vector<std::uint32_t> all(const std::vector<Places>& stretches) {
    std::vector<std::uint32_t> places;
    for (const Places& stretch : stretches)
        for (std::uint32_t i = 0; i < stretch.count; ++i) places.push_back(stretch.at(i));
    return places;
}

TEST(PlacesOf, AreTheSharesOfEveryBatch) {
    for (const int gpus : {1, 2, 3, 5})
        for (const int batch : {1, 2, 3, 8, 13})
            for (const std::uint32_t samples : {0u, 1u, 2u, 7u, 26u, 39u, 40u})
                for (const std::uint32_t first : {0u, 100u}) {
                    std::vector<std::uint32_t> every;
                    for (int i = 0; i < gpus; ++i) {
                        const BatchShare share{i, gpus};
                        std::vector<std::uint32_t> expected;
                        for (std::uint32_t begin = 0; begin < samples; begin += static_cast<std::uint32_t>(batch)) {
                            const int here = static_cast<int>(std::min<std::uint32_t>(batch, samples - begin));
                            for (int k = 0; k < share.size(here); ++k)
                                expected.push_back(first + begin + static_cast<std::uint32_t>(share.first(here) + k));
                        }
                        const auto found = all(places_of(share, first, samples, batch));
                        ASSERT_EQ(found, expected)
                            << "share " << i << " of " << gpus << ", batch " << batch << ", " << samples << " samples";
                        EXPECT_EQ(share.size_of_all(samples, batch), static_cast<std::int64_t>(found.size()));
                        every.insert(every.end(), found.begin(), found.end());
                    }
                    std::sort(every.begin(), every.end());
                    std::vector<std::uint32_t> whole(samples);
                    std::iota(whole.begin(), whole.end(), first);
                    EXPECT_EQ(every, whole);
                }
}

TEST(PlacesOf, OneGpuTakesAllAtOnce) {
    EXPECT_EQ(places_of({0, 1}, 7, 100, 8).size(), 1u);
}

}  // namespace
}  // namespace chiffre::cuda
