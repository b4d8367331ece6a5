// fallback_engine_test.cpp -- engines that fail, fall back and come late, played by fakes.
#include "fallback_engine.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <csignal>
#include <thread>

#include "error.h"
#include "late_engine.h"

namespace chiffre {
namespace {

// Scores every tile with its first byte, until it has classified `good` batches; from then on it spoils the scores and
// throws.
class Fake final : public Engine {
  public:
    Fake(std::string device, int good, ErrorCode code = ErrorCode::no_device)
        : device_(std::move(device)), good_(good), code_(code) {}
    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override {
        for (std::size_t i = 0; i < tiles.size(); ++i) scores[i].fill(good_ > 0 ? tiles[i].ink[0] : -1.0f);
        if (good_-- <= 0) throw Error(code_, device_ + ": expected it to work, found that it does not");
    }
    std::string device() const override { return device_; }

  private:
    std::string device_;
    int good_;
    ErrorCode code_;
};

constexpr int kForEver = 1 << 30;

std::vector<float> classify(Engine& engine) {
    std::vector<Tile> tiles(3);
    for (int i = 0; i < 3; ++i) tiles[i].ink[0] = static_cast<std::uint8_t>(10 + i);
    std::vector<Scores> scores(3);
    engine.classify(tiles, scores);
    return {scores[0][0], scores[1][9], scores[2][5]};
}

const std::vector<float> kRight{10, 11, 12};

TEST(FallbackEngine, LosesNoBatchAndSaysSoOnce) {
    for (const int good : {0, 1, 3}) {
        int opened = 0;
        std::vector<std::string> notices;
        FallbackEngine engine(
            std::make_unique<Fake>("cuda:0", good),
            [&] {
                ++opened;
                return std::make_unique<Fake>("cpu", kForEver);
            },
            [&](const std::string& line) { notices.push_back(line); });
        for (int batch = 0; batch < 6; ++batch) {
            EXPECT_EQ(engine.device(), batch <= good ? "cuda:0" : "cpu");
            EXPECT_EQ(classify(engine), kRight);
            EXPECT_EQ(engine.device(), batch < good ? "cuda:0" : "cpu");
        }
        EXPECT_EQ(opened, 1);
        EXPECT_EQ(notices, (std::vector<std::string>{"cuda:0: expected it to work, found that it does not; going on on "
                                                     "the CPU in fp32"}));
    }
}

TEST(FallbackEngine, NothingHappensWhileThePrimaryWorks) {
    FallbackEngine engine(std::make_unique<Fake>("cuda:0", kForEver),
                          []() -> std::unique_ptr<Engine> { throw Error(ErrorCode::no_device, "opened"); }, {});
    for (int batch = 0; batch < 3; ++batch) EXPECT_EQ(classify(engine), kRight);
}

TEST(FallbackEngine, OtherErrorsAreNotItsBusiness) {
    FallbackEngine engine(std::make_unique<Fake>("cuda:0", 0, ErrorCode::usage),
                          [] { return std::make_unique<Fake>("cpu", kForEver); }, {});
    EXPECT_THROW(classify(engine), Error);
    EXPECT_EQ(engine.device(), "cuda:0");
}

TEST(FallbackEngine, TheSubstituteHasNoSubstitute) {
    FallbackEngine engine(std::make_unique<Fake>("cuda:0", 0), [] { return std::make_unique<Fake>("cpu", 1); }, {});
    EXPECT_EQ(classify(engine), kRight);
    EXPECT_THROW(classify(engine), Error);
}

TEST(LateEngine, IsOpenedElsewhereAndWaitedFor) {
    std::thread::id opener;
    LateEngine engine([&] {
        opener = std::this_thread::get_id();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return std::make_unique<Fake>("late", kForEver);
    });
    EXPECT_EQ(classify(engine), kRight);
    EXPECT_NE(opener, std::this_thread::get_id());
    EXPECT_EQ(engine.device(), "late");
    const OpeningTimes times = engine.times();
    EXPECT_GE(times.ms.value(), 20);
    EXPECT_GT(times.waited_ms, 0);
    EXPECT_LE(times.waited_ms, *times.ms + 1000);
    EXPECT_EQ(times.batches_meanwhile, 0);
}

TEST(LateEngine, WhatIsReadyIsNotWaitedFor) {
    LateEngine engine([] { return std::make_unique<Fake>("late", kForEver); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(classify(engine), kRight);
    EXPECT_LT(engine.times().waited_ms, 50);
}

TEST(LateEngine, ErrorOfOpeningReachesEveryUse) {
    LateEngine engine([]() -> std::unique_ptr<Engine> { throw Error(ErrorCode::no_device, "none"); });
    EXPECT_THROW(classify(engine), Error);
    EXPECT_THROW(static_cast<void>(engine.device()), Error);
    EXPECT_THROW(engine.wait(), Error);
    EXPECT_THROW(classify(engine), Error);
    EXPECT_TRUE(engine.times().ms.has_value());
}

// An engine whose opening ends when the test says so.
class LateEngineMeanwhile : public testing::Test {
  protected:
    LateEngine opened_at_gate(LateEngine::Open open) {
        return LateEngine(
            [open, gate = gate_.get_future().share()] {
                gate.wait();
                return open();
            },
            std::make_unique<Fake>("meanwhile", kForEver));
    }
    void open_gate(const LateEngine& engine) {
        gate_.set_value();
        while (engine.is_opening()) std::this_thread::yield();
    }

  private:
    std::promise<void> gate_;
};

TEST_F(LateEngineMeanwhile, ChangesOverBetweenBatchesAndNobodyWaits) {
    LateEngine engine = opened_at_gate([] { return std::make_unique<Fake>("late", kForEver); });
    EXPECT_EQ(engine.device(), "meanwhile");
    for (int batch = 0; batch < 3; ++batch) {
        EXPECT_EQ(classify(engine), kRight);
        EXPECT_EQ(engine.device(), "meanwhile");
    }
    const OpeningTimes before = engine.times();
    EXPECT_FALSE(before.ms.has_value());
    EXPECT_EQ(before.batches_meanwhile, 3);
    EXPECT_LT(before.from_ms, before.to_ms);

    open_gate(engine);
    EXPECT_EQ(engine.device(), "meanwhile");  // which classified the last batch
    for (int batch = 0; batch < 3; ++batch) {
        EXPECT_EQ(classify(engine), kRight);
        EXPECT_EQ(engine.device(), "late");
    }
    const OpeningTimes after = engine.times();
    EXPECT_GE(after.ms.value(), before.to_ms);
    EXPECT_EQ(after.waited_ms, 0);
    EXPECT_EQ(after.batches_meanwhile, 3);
    EXPECT_EQ(after.to_ms, before.to_ms);
}

TEST_F(LateEngineMeanwhile, ErrorOfOpeningIsThrownOnceItIsKnown) {
    LateEngine engine = opened_at_gate([]() -> std::unique_ptr<Engine> { throw Error(ErrorCode::no_device, "none"); });
    EXPECT_EQ(classify(engine), kRight);
    open_gate(engine);
    EXPECT_THROW(classify(engine), Error);
    EXPECT_THROW(classify(engine), Error);
    EXPECT_EQ(engine.device(), "meanwhile");
}

TEST_F(LateEngineMeanwhile, WhatIsOpenedFromTheStartClassifiesAll) {
    LateEngine engine = opened_at_gate([] { return std::make_unique<Fake>("late", kForEver); });
    open_gate(engine);
    EXPECT_EQ(classify(engine), kRight);
    EXPECT_EQ(engine.device(), "late");
    EXPECT_EQ(engine.times().batches_meanwhile, 0);
}

TEST_F(LateEngineMeanwhile, TheLateOneMayFallBack) {
    LateEngine engine = opened_at_gate([] {
        return std::make_unique<FallbackEngine>(
            std::make_unique<Fake>("late", 1), [] { return std::make_unique<Fake>("substitute", kForEver); }, Notice{});
    });
    EXPECT_EQ(classify(engine), kRight);
    open_gate(engine);
    for (const char* device : {"late", "substitute", "substitute"}) {
        EXPECT_EQ(classify(engine), kRight);
        EXPECT_EQ(engine.device(), device);
    }
}

TEST(LateEngine, MayBeWaitedForAllTheSame) {
    LateEngine engine([] { return std::make_unique<Fake>("late", kForEver); },
                      std::make_unique<Fake>("meanwhile", kForEver));
    engine.wait();
    EXPECT_FALSE(engine.is_opening());
}

TEST(LateEngine, SignalsStayWithTheThreadsThatWereThere) {
    sigset_t mask;
    LateEngine engine([&] {
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        return std::make_unique<Fake>("late", kForEver);
    });
    EXPECT_EQ(engine.device(), "late");
    EXPECT_EQ(sigismember(&mask, SIGINT), 1);
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    EXPECT_EQ(sigismember(&mask, SIGINT), 0);
}

}  // namespace
}  // namespace chiffre
