// engine_bench.cpp -- images per second of reading and training on one core. Rates are per second of processor time, so
// that other jobs of the machine disturb little, and stand beside the multiply-add peak measured in the same run.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "bench/bench.h"
#include "bench/fma_peak.h"
#include "cpu/backprop.h"
#include "cpu/cpu_engine.h"
#include "cpu/isa.h"
#include "error.h"

namespace chiffre::bench {
namespace {

constexpr int kRepetitions = 7;  // for a median
constexpr int kTrainingBatch = 256;
constexpr std::array kBatches{1, 16, 256, 4096};

// Multiply and add count as two. Training does three times the multiply-adds of reading, but for d loss / d tile,
// which nobody needs.
constexpr double kReadingFlop = 2.0 * kMultiplyAdds;
constexpr double kTrainingFlop = 2.0 * (3.0 * kMultiplyAdds - kLayers[kC1].multiply_adds());

// Any bytes do: no step takes longer for one value than for another.
std::vector<Tile> made_tiles(std::size_t n) {
    std::vector<Tile> tiles(n);
    std::uint32_t state = 1;
    for (Tile& tile : tiles)
        for (std::uint8_t& pixel : tile.ink) {
            state = state * 1664525u + 1013904223u;
            pixel = static_cast<std::uint8_t>(state >> 24);
        }
    return tiles;
}

const cpu::PeakLoop& peak_loop(const cpu::Kernels& kernels) {
#ifdef __x86_64__
    for (const cpu::PeakLoop* loop : {&cpu::avx2::kPeakLoop, &cpu::avx512::kPeakLoop})
        if (std::string_view(loop->isa) == kernels.isa) return *loop;
#endif
    static_cast<void>(kernels);
    return cpu::baseline::kPeakLoop;
}

// Operations per second, the best of several short runs.
double measured_peak(const cpu::PeakLoop& loop) {
    using Clock = std::chrono::steady_clock;
    constexpr long kRounds = 100'000;  // below a millisecond, so that some run is not interrupted
    double best = 0;
    for (int run = 0; run < 200; ++run) {
        const Clock::time_point start = Clock::now();
        const double flop = loop.run(kRounds);
        best = std::max(best, flop / std::chrono::duration<double>(Clock::now() - start).count());
    }
    return best;
}

struct Contestant {
    const cpu::Kernels* kernels;
    double peak;  // operations per second
};

void count(benchmark::State& state, const Contestant& contestant, double flop_per_image, int batch) {
    using benchmark::Counter;
    const double images = static_cast<double>(state.iterations()) * batch;
    state.counters["images/s"] = Counter(images, Counter::kIsRate);
    state.counters["flop/s"] = Counter(images * flop_per_image, Counter::kIsRate);
    // A share, but computed as a rate, and so printed with "/s".
    state.counters["of_peak"] = Counter(images * flop_per_image / contestant.peak, Counter::kIsRate);
}

void read(benchmark::State& state, const Contestant& contestant, int batch) {
    const std::vector<Tile> tiles = made_tiles(batch);
    std::vector<Scores> scores(tiles.size());
    const auto engine = cpu::open_engine(default_weights(), *contestant.kernels);
    while (state.KeepRunning()) {
        engine->classify(tiles, scores);
        benchmark::DoNotOptimize(scores.data());
    }
    count(state, contestant, kReadingFlop, batch);
}

struct Step {
    std::vector<Scores> logits;
    std::vector<float> gradient;
};

// The logits serve as their own gradient: the loss is half the sum of their squares.
void train_step(Step& step, cpu::Backprop& backprop, const Weights& weights, std::span<const Tile> tiles) {
    backprop.forward(weights.values.data(), tiles, step.logits);
    backprop.backward(weights.values.data(), step.logits, step.gradient);
}

void train(benchmark::State& state, const Contestant& contestant) {
    const std::vector<Tile> tiles = made_tiles(kTrainingBatch);
    const Weights weights = default_weights();
    Step step{std::vector<Scores>(tiles.size()), std::vector<float>(kParameters)};
    cpu::Backprop backprop(*contestant.kernels);
    while (state.KeepRunning()) {
        std::fill(step.gradient.begin(), step.gradient.end(), 0.0f);
        train_step(step, backprop, weights, tiles);
        benchmark::DoNotOptimize(step.gradient.data());
    }
    count(state, contestant, kTrainingFlop, kTrainingBatch);
}

// Normalized squared error: of single values the rounding may be large where large terms cancel.
double difference(std::span<const float> expected, std::span<const float> found) {
    double error = 0, norm = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double e = expected[i], f = found[i];
        error += (e - f) * (e - f);
        norm += e * e;
    }
    return error / norm;
}

// Instruction sets differ in rounding only.
void check_agreement(std::span<const cpu::Kernels* const> available) {
    constexpr double kTolerance = 1e-9;  // measured: 2e-12 for gradients, 3e-14 for logits
    const std::vector<Tile> tiles = made_tiles(kTrainingBatch);
    const Weights weights = default_weights();
    Step expected;
    for (const cpu::Kernels* kernels : available) {
        Step step{std::vector<Scores>(tiles.size()), std::vector<float>(kParameters)};
        cpu::Backprop backprop(*kernels);
        train_step(step, backprop, weights, tiles);
        std::vector<Scores> scores(tiles.size());
        cpu::open_engine(weights, *kernels)->classify(tiles, scores);
        if (kernels == available.front()) expected = step;

        const auto flat = [](const std::vector<Scores>& all) {
            return std::span(all.data()->data(), all.size() * kClasses);
        };
        for (const double found :
             {difference(flat(expected.logits), flat(step.logits)), difference(expected.gradient, step.gradient),
              difference(flat(step.logits), flat(scores))})
            if (!(found <= kTolerance))  // nor may it be not a number
                throw Error(ErrorCode::bad_data, std::string(kernels->isa) + ": expected what " +
                                                     available.front()->isa + " gives, found a squared error of " +
                                                     std::to_string(found));
    }
}

void with_statistics(benchmark::internal::Benchmark* registered) {
    registered->Repetitions(kRepetitions)
        ->ComputeStatistics("min", [](const std::vector<double>& v) { return *std::min_element(v.begin(), v.end()); })
        ->ComputeStatistics("max", [](const std::vector<double>& v) { return *std::max_element(v.begin(), v.end()); })
        ->DisplayAggregatesOnly()
        ->Unit(benchmark::kMicrosecond);
}

}  // namespace

void register_engine() {
    const std::span<const cpu::Kernels* const> available = cpu::available_kernels();
    check_agreement(available);
    for (const cpu::Kernels* kernels : available) {
        const Contestant contestant{kernels, measured_peak(peak_loop(*kernels))};
        benchmark::AddCustomContext(std::string("peak_flop/s_") + kernels->isa, std::to_string(contestant.peak));
        const std::string isa = kernels->isa;
        for (const int batch : kBatches)
            with_statistics(
                benchmark::RegisterBenchmark(("engine/" + isa + "/batch:" + std::to_string(batch)).c_str(),
                                             [=](benchmark::State& state) { read(state, contestant, batch); }));
        with_statistics(
            benchmark::RegisterBenchmark(("training/" + isa + "/batch:" + std::to_string(kTrainingBatch)).c_str(),
                                         [=](benchmark::State& state) { train(state, contestant); }));
    }
}

}  // namespace chiffre::bench
