// cuda_engine_test.cpp -- the network on the GPU against the network on the CPU, through the interface that everybody
// uses.
#include "cuda_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <future>
#include <numeric>

#include "cpu/isa.h"
#include "device.cuh"
#include "engine.h"
#include "error.h"
#include "forward.h"
#include "gpu_hog.h"
#include "lenet5_reference.h"
#include "mnist_test_set.h"
#include "needs_gpu.h"

namespace chiffre {
namespace {

using cuda::PinnedMemory;

constexpr float kMargin =
    1e-4f;  // in fp32, top digits must be the same where the best is better than the second by this

// Of a logit.
float tolerance(Precision precision) {
    return precision == Precision::fp16 ? 5e-3f : 1e-5f;
}

std::vector<Scores> classify(Engine& engine, std::span<const Tile> tiles) {
    std::vector<Scores> scores(tiles.size());
    engine.classify(tiles, scores);
    return scores;
}

int top(const Scores& scores) {
    return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

float margin(Scores scores) {
    std::sort(scores.begin(), scores.end(), std::greater<>());
    return scores[0] - scores[1];
}

struct Difference {
    float largest = 0;
    int other_digit = 0;  // tiles whose best digit differs though the margin is clear
};

Difference difference(const std::vector<Scores>& expected, const std::vector<Scores>& found, float clear) {
    Difference d;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        for (int digit = 0; digit < kClasses; ++digit) {
            const float error = std::abs(expected[i][digit] - found[i][digit]);
            d.largest = error <= d.largest ? d.largest : error;  // not a number counts
        }
        d.other_digit += top(expected[i]) != top(found[i]) && margin(expected[i]) > clear;
    }
    return d;
}

class CudaEngine : public testing::TestWithParam<Precision> {
  protected:
    void SetUp() override { CHIFFRE_NEEDS_GPU(); }

    static std::unique_ptr<Engine> open_gpu(const Weights& weights) {
        return open_engine(parse_device("cuda"), weights, GetParam());
    }

    static void expect_agreement(const Weights& weights, std::span<const Tile> tiles) {
        const auto cpu = classify(*open_engine(parse_device("cpu"), weights), tiles);
        const auto gpu = classify(*open_gpu(weights), tiles);
        const float bar = tolerance(GetParam());
        const Difference d = difference(cpu, gpu, GetParam() == Precision::fp32 ? kMargin : 2 * bar);
        EXPECT_LE(d.largest, bar);
        EXPECT_EQ(d.other_digit, 0);
    }
};

TEST_P(CudaEngine, AgreesWithTheCpuOnRandomTiles) {
    expect_agreement(default_weights(), reference::made_tiles(100'000));
}

// --device auto may change over from the one to the other in the middle of a run.
TEST_P(CudaEngine, GivesTheBitsOfACpuWithFusedMultiplyAdds) {
    if (GetParam() == Precision::fp16) GTEST_SKIP() << "the CPU has no fp16";
    if (!cpu::chosen_kernels().fused_multiply_add) GTEST_SKIP() << "this CPU has no fused multiply-adds";
    const std::vector<Tile> random = reference::made_tiles(20'000);
    for (const Weights& weights : {default_weights(), Weights{reference::made_parameters(), {}}}) {
        const auto cpu = open_engine(parse_device("cpu"), weights), gpu = open_gpu(weights);
        for (const std::size_t n : {1, 7, 33, 257, 4'096, 20'000}) {
            const auto tiles = std::span(random).first(n);
            EXPECT_EQ(classify(*gpu, tiles), classify(*cpu, tiles)) << n;
        }
    }
}

TEST_P(CudaEngine, AgreesWithTheCpuOnRandomWeights) {
    expect_agreement({reference::made_parameters(), {}}, reference::made_tiles(5'000));
}

// A 16-bit preactivation beyond what 2^x can be of takes a kernel of its own.
TEST_P(CudaEngine, AgreesWithTheCpuOnWeightsThatSaturate) {
    Weights weights = default_weights();
    float* first = weights.values.data() + weight_offset(kC1);
    std::fill_n(first, kLayers[kC1].weights_per_output(), 2.5f);
    std::fill_n(first + kLayers[kC1].weights_per_output(), kLayers[kC1].weights_per_output(), -2.5f);
    expect_agreement(weights, reference::made_tiles(1'000));
}

TEST_P(CudaEngine, AgreesWithTheCpuOnPaperAndFullInk) {
    std::vector<Tile> tiles(3);
    tiles[1].ink.fill(255);
    tiles[2].ink[0] = tiles[2].ink[kTileBytes - 1] = 255;
    expect_agreement(default_weights(), tiles);
}

TEST_P(CudaEngine, AgreesWithTheCpuOnMnist) {
    const MnistTestSet mnist = mnist_test_set();
    if (mnist.tiles.empty()) GTEST_SKIP() << "CHIFFRE_MNIST_DIR does not say where MNIST is";
    const Weights weights = load_weights(CHIFFRE_WEIGHTS_DIR "/lenet5-mnist.safetensors");
    expect_agreement(weights, mnist.tiles);
    const auto wrong = [&](const std::vector<Scores>& scores) {
        int count = 0;
        for (std::size_t i = 0; i < scores.size(); ++i) count += top(scores[i]) != mnist.labels[i];
        return count;
    };
    const int on_cpu = wrong(classify(*open_engine(parse_device("cpu"), weights), mnist.tiles));
    EXPECT_NEAR(wrong(classify(*open_gpu(weights), mnist.tiles)), on_cpu, 2);  // 0.02 points of 10,000
}

TEST_P(CudaEngine, BatchMemoryAndRepetitionDoNotMatter) {
    const std::vector<Tile> tiles = reference::made_tiles(20'000);
    const PinnedMemory<Tile> pinned = cuda::pinned_memory<Tile>(tiles.size());
    std::memcpy(pinned.get(), tiles.data(), tiles.size() * sizeof(Tile));
    const auto engine = open_gpu(default_weights());
    const std::vector<Scores> together = classify(*engine, tiles);
    EXPECT_EQ(classify(*engine, tiles), together);
    EXPECT_EQ(classify(*open_gpu(default_weights()), tiles), together);
    for (const Tile* start : {tiles.data(), static_cast<const Tile*>(pinned.get())})
        for (const std::size_t n : {1, 7, 33, 257, 4'096, 20'000})
            for (std::size_t first = 0; first + n <= tiles.size() && first < 8 * n; first += n) {
                const std::vector<Scores> apart = classify(*engine, {start + first, n});
                ASSERT_TRUE(std::equal(apart.begin(), apart.end(), together.begin() + first)) << n << " from " << first;
            }
}

// The kernels load 16 bytes at a time.
TEST_P(CudaEngine, PageLockedMemoryMayBeginAnywhere) {
    const std::vector<Tile> tiles = reference::made_tiles(8'192 + 5);
    const PinnedMemory<Tile> pinned = cuda::pinned_memory<Tile>(tiles.size() + 1);
    auto* odd = reinterpret_cast<Tile*>(reinterpret_cast<std::uint8_t*>(pinned.get()) + 1);
    std::memcpy(odd, tiles.data(), tiles.size() * sizeof(Tile));
    const auto engine = open_gpu(default_weights());
    EXPECT_EQ(classify(*engine, {odd, tiles.size()}), classify(*engine, tiles));
}

TEST_P(CudaEngine, TwoEnginesInTwoThreads) {
    const std::vector<Tile> tiles = reference::made_tiles(3'000);
    const std::vector<Scores> expected = classify(*open_gpu(default_weights()), tiles);
    const auto rounds_right = [&] {
        const auto engine = open_gpu(default_weights());
        int right = 0;
        for (int i = 0; i < 50; ++i) right += classify(*engine, tiles) == expected;
        return right;
    };
    auto elsewhere = std::async(std::launch::async, rounds_right);
    EXPECT_EQ(rounds_right(), 50);
    EXPECT_EQ(elsewhere.get(), 50);
}

TEST_P(CudaEngine, OneEngineForEachGpu) {
    const auto engines = open_engines(parse_device("cuda:all"), default_weights(), GetParam());
    ASSERT_EQ(static_cast<int>(engines.size()), cuda::find_gpus().count);
    const std::vector<Tile> tiles = reference::made_tiles(300);
    const std::vector<Scores> expected = classify(*engines.front(), tiles);
    for (std::size_t i = 0; i < engines.size(); ++i) {
        EXPECT_EQ(engines[i]->device(), "cuda:" + std::to_string(i));
        EXPECT_EQ(classify(*engines[i], tiles), expected);
    }
}

TEST_P(CudaEngine, SizesMustFit) {
    const auto engine = open_gpu(default_weights());
    const std::vector<Tile> tiles(3);
    std::vector<Scores> scores(2);
    EXPECT_THROW(engine->classify(tiles, scores), Error);
    engine->classify({}, {});
}

// CHIFFRE_OPENINGS says how many; the default keeps the suite quick.
TEST_P(CudaEngine, OpeningsLeaveNothingBehind) {
    const char* wanted = std::getenv("CHIFFRE_OPENINGS");
    const int openings = wanted ? std::atoi(wanted) : 200;
    const Weights weights = default_weights();
    const std::vector<Tile> tiles = reference::made_tiles(5);
    const auto free_bytes = [] {
        std::size_t free = 0, all = 0;
        CUDA_CHECK(cudaMemGetInfo(&free, &all));
        return free;
    };
    const auto open_and_use = [&] { classify(*open_gpu(weights), tiles); };
    for (int i = 0; i < 5; ++i) open_and_use();  // the context and the code stay
    const std::size_t before = free_bytes();
    for (int i = 0; i < openings; ++i) open_and_use();
    EXPECT_EQ(free_bytes(), before);
}

TEST_P(CudaEngine, ExhaustedMemoryIsSaidAndAutomaticGoesOnWithoutIt) {
    const std::vector<Tile> tiles = reference::made_tiles(20);
    classify(*open_gpu(default_weights()), tiles);  // its code is on the GPU from now on
    const auto memory = cuda::hog(0);
    try {
        open_gpu(default_weights());
        ADD_FAILURE() << "expected an Error";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::no_device);
        EXPECT_TRUE(std::string(e.what()).starts_with("cuda:0: expected memory enough")) << e.what();
    }
    std::vector<std::string> notices;
    const auto engine =
        open_engine({}, default_weights(), GetParam(), [&](const std::string& line) { notices.push_back(line); });
    EXPECT_EQ(engine->device(), "cpu");
    EXPECT_EQ(notices.size(), 1u);
    EXPECT_EQ(classify(*engine, tiles), classify(*open_engine(parse_device("cpu"), default_weights()), tiles));
}

TEST_P(CudaEngine, BestDigitsAreTheScoresSorted) {
    const std::vector<float> parameters = default_weights().values;
    const std::vector<Tile> tiles = reference::made_tiles(1'000);
    const auto stream = cuda::make_stream();
    const PinnedMemory<Tile> in = cuda::pinned_memory<Tile>(tiles.size());
    const PinnedMemory<Scores> scores = cuda::pinned_memory<Scores>(tiles.size());
    const PinnedMemory<std::uint8_t> best = cuda::pinned_memory<std::uint8_t>(tiles.size() * kClasses);
    std::memcpy(in.get(), tiles.data(), tiles.size() * sizeof(Tile));
    const auto forward = [&](const auto& pass, int k) {
        cuda::ForwardBatch batch;
        batch.tiles = in[0].ink.data();
        batch.scores = scores[0].data();
        batch.top = best.get();
        batch.k = k;
        batch.n = static_cast<std::int64_t>(tiles.size());
        pass.forward(batch, stream.get());
        CUDA_CHECK(cudaStreamSynchronize(stream.get()));
    };
    for (const int k : {1, 2, 3, 10}) {
        if (GetParam() == Precision::fp16)
            forward(cuda::ForwardFp16(parameters.data()), k);
        else
            forward(cuda::ForwardFp32(parameters.data()), k);
        for (std::size_t i = 0; i < tiles.size(); ++i) {
            std::vector<std::uint8_t> expected(kClasses);
            std::iota(expected.begin(), expected.end(), std::uint8_t{0});
            std::stable_sort(expected.begin(), expected.end(),
                             [&](std::uint8_t a, std::uint8_t b) { return scores[i][a] > scores[i][b]; });
            ASSERT_TRUE(std::equal(expected.begin(), expected.begin() + k, best.get() + i * k)) << i << " k " << k;
        }
    }
}

// As on GPUs that allow a block 163, 99 or 64 KiB.
TEST_P(CudaEngine, LessSharedMemoryGivesTheSameBits) {
    const std::vector<Tile> host = reference::made_tiles(1'003);
    const auto tiles = cuda::to_device(host.data(), host.size());
    const auto scores = cuda::device_memory<Scores>(host.size());
    const auto stream = cuda::make_stream();
    const std::vector<float> parameters = default_weights().values;
    const auto scores_by = [&](std::size_t shared_bytes, std::size_t n) {
        cuda::ForwardBatch batch;
        batch.tiles = reinterpret_cast<const std::uint8_t*>(tiles.get());
        batch.scores = reinterpret_cast<float*>(scores.get());
        batch.n = static_cast<std::int64_t>(n);
        std::vector<Scores> found(n);
        CUDA_CHECK(cudaMemsetAsync(scores.get(), 0xff, n * sizeof(Scores), stream.get()));  // not numbers
        if (GetParam() == Precision::fp16)
            cuda::ForwardFp16(parameters.data(), shared_bytes).forward(batch, stream.get());
        else
            cuda::ForwardFp32(parameters.data(), shared_bytes).forward(batch, stream.get());
        CUDA_CHECK(
            cudaMemcpyAsync(found.data(), scores.get(), n * sizeof(Scores), cudaMemcpyDeviceToHost, stream.get()));
        CUDA_CHECK(cudaStreamSynchronize(stream.get()));
        return found;
    };
    const std::vector<Scores> expected = scores_by(cuda::kAllSharedMemory, host.size());
    for (const std::size_t kibibytes : {163, 99, 64})
        for (const std::size_t n : {std::size_t{1}, std::size_t{37}, host.size()}) {
            const std::vector<Scores> found = scores_by(kibibytes * 1024, n);
            ASSERT_TRUE(std::equal(found.begin(), found.end(), expected.begin())) << kibibytes << " KiB, batch " << n;
        }
}

// Byte offsets into the tiles beyond what 32 bits with a sign hold.
TEST_P(CudaEngine, ScoresBeyondTwoGibibytesOfTiles) {
    constexpr std::size_t kDifferent = 4'099, kTiles = (std::size_t{1} << 31) / kTileBytes + 5;
    constexpr std::size_t kSpare = std::size_t{256} << 20, kNeeded = kTiles * (sizeof(Tile) + sizeof(Scores)) + kSpare;
    std::size_t free_bytes = 0, all_bytes = 0;
    CUDA_CHECK(cudaMemGetInfo(&free_bytes, &all_bytes));
    if (free_bytes < kNeeded)
        GTEST_SKIP() << "needs " << (kNeeded >> 20) << " MiB of the GPU's memory, found " << (free_bytes >> 20)
                     << " free";
    const auto stream = cuda::make_stream();
    const auto tiles = cuda::device_memory<Tile>(kTiles);
    const auto scores = cuda::device_memory<Scores>(kTiles);
    const std::vector<Tile> different = reference::made_tiles(kDifferent);
    CUDA_CHECK(cudaMemcpyAsync(tiles.get(), different.data(), kDifferent * sizeof(Tile), cudaMemcpyHostToDevice,
                               stream.get()));
    for (std::size_t filled = kDifferent; filled < kTiles; filled *= 2)  // always a multiple of the pattern
        CUDA_CHECK(cudaMemcpyAsync(tiles.get() + filled, tiles.get(), std::min(filled, kTiles - filled) * sizeof(Tile),
                                   cudaMemcpyDeviceToDevice, stream.get()));
    const auto scores_by = [&](const auto& pass, std::size_t n) {
        cuda::ForwardBatch batch;
        batch.tiles = reinterpret_cast<const std::uint8_t*>(tiles.get());
        batch.scores = reinterpret_cast<float*>(scores.get());
        batch.n = static_cast<std::int64_t>(n);
        std::vector<Scores> host(n);
        CUDA_CHECK(cudaMemsetAsync(scores.get(), 0xff, n * sizeof(Scores), stream.get()));  // not numbers
        pass.forward(batch, stream.get());
        CUDA_CHECK(
            cudaMemcpyAsync(host.data(), scores.get(), n * sizeof(Scores), cudaMemcpyDeviceToHost, stream.get()));
        CUDA_CHECK(cudaStreamSynchronize(stream.get()));
        return host;
    };
    const auto expect_repetition = [&](const auto& pass) {
        const std::vector<Scores> alone = scores_by(pass, kDifferent), all = scores_by(pass, kTiles);
        ASSERT_TRUE(std::all_of(alone.begin(), alone.end(), [](const Scores& s) { return std::isfinite(s.front()); }));
        for (std::size_t i = 0; i < kTiles; ++i)
            ASSERT_EQ(std::memcmp(&all[i], &alone[i % kDifferent], sizeof(Scores)), 0) << "tile " << i;
    };
    const std::vector<float> parameters = default_weights().values;
    if (GetParam() == Precision::fp16)
        expect_repetition(cuda::ForwardFp16(parameters.data()));
    else
        expect_repetition(cuda::ForwardFp32(parameters.data()));
}

INSTANTIATE_TEST_SUITE_P(Precisions, CudaEngine, testing::Values(Precision::fp32, Precision::fp16),
                         [](const auto& test) { return test.param == Precision::fp16 ? "fp16" : "fp32"; });

TEST(Gpus, AnIndexTooHighNamesThoseThatAreHere) {
    CHIFFRE_NEEDS_GPU();
    try {
        open_engine(parse_device("cuda:0,4000"), default_weights());
        ADD_FAILURE() << "expected an Error";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::no_device);
        EXPECT_TRUE(std::string(e.what()).starts_with("cuda:4000: expected the index of a GPU")) << e.what();
    }
}

TEST(Gpus, NoneIsSaidInOneLine) {
    const cuda::Gpus gpus = cuda::find_gpus();
    if (gpus.count > 0) GTEST_SKIP() << "there is a GPU";
    EXPECT_TRUE(gpus.why_none.starts_with("expected ")) << gpus.why_none;
    EXPECT_EQ(open_engine({}, default_weights())->device(), "cpu");
    EXPECT_THROW(open_engine(parse_device("cuda:all"), default_weights()), Error);
}

}  // namespace
}  // namespace chiffre
