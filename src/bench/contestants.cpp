// contestants.cpp -- what contestants.h promises.
#include "bench/contestants.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cpu/cpu_engine.h"
#include "engine.h"
#include "error.h"

namespace chiffre::bench {

static Classify classify_with(std::unique_ptr<Engine> engine) {
    return [engine = std::shared_ptr<Engine>(std::move(engine))](
               std::span<const Tile> tiles, std::span<Scores> scores) { engine->classify(tiles, scores); };
}

std::vector<Contestant> cpu_contestants(const Weights& weights, const std::string& isa) {
    std::vector<Contestant> contestants;
    std::string names;
    for (const cpu::Kernels* kernels : cpu::available_kernels()) {
        names += (names.empty() ? "" : ", ") + std::string(kernels->isa);
        if (isa.empty() || isa == kernels->isa)
            contestants.push_back({std::string("cpu ") + kernels->isa,
                                   classify_with(cpu::open_engine(weights, *kernels)), kOtherRounding});
    }
    if (contestants.empty())
        throw Error(ErrorCode::usage,
                    "--isa: expected an instruction set of this machine (" + names + "), found '" + isa + "'");
    std::reverse(contestants.begin(), contestants.end());
    return contestants;
}

std::vector<Contestant> cuda_contestants(const Weights& weights, int index) {
    const Device device{Device::Kind::cuda, {index}};
    const std::string name = "cuda:" + std::to_string(index);
    return {{name + " fp32", classify_with(open_engine(device, weights, Precision::fp32)), kSinglePrecision},
            {name + " fp16", classify_with(open_engine(device, weights, Precision::fp16)), kSixteenBits}};
}

std::vector<Tile> made_tiles(std::size_t n) {
    std::vector<Tile> tiles(n);
    std::uint64_t state = 1;
    for (Tile& tile : tiles)
        for (std::size_t i = 0; i < kTileBytes; i += sizeof state) {
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;  // xorshift64, Marsaglia 2003
            std::memcpy(tile.ink.data() + i, &state, sizeof state);
        }
    return tiles;
}

std::vector<Scores> scores_of(const Contestant& contestant, std::span<const Tile> tiles) {
    std::vector<Scores> scores(tiles.size());
    contestant.classify(tiles, scores);
    return scores;
}

double largest_difference(std::span<const float> expected, std::span<const float> found) {
    double largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double difference = std::abs(static_cast<double>(expected[i]) - found[i]);
        if (!(difference <= largest)) largest = difference;
        if (std::isnan(difference)) return difference;
    }
    return largest;
}

double squared_error(std::span<const float> expected, std::span<const float> found) {
    double error = 0, norm = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double e = expected[i], f = found[i];
        error += (e - f) * (e - f);
        norm += e * e;
    }
    return error / norm;
}

std::span<const float> flat(std::span<const Scores> scores) {
    return {scores.data()->data(), scores.size() * kClasses};
}

void check_close(const std::string& name, const std::string& reference, std::span<const float> expected,
                 std::span<const float> found, const Tolerance& tolerance) {
    const double absolute = largest_difference(expected, found), squared = squared_error(expected, found);
    const bool close = std::isfinite(absolute) && absolute <= tolerance.absolute && squared <= tolerance.squared;
    if (close) return;
    char text[128];
    std::snprintf(text, sizeof text, "a largest difference of %.3g (at most %.3g), a squared error of %.3g (%.3g)",
                  absolute, tolerance.absolute, squared, tolerance.squared);
    throw Error(ErrorCode::bad_data, name + ": expected what " + reference + " gives, found " + text);
}

void check_scores(const Contestant& contestant, const std::string& reference, std::span<const Scores> expected,
                  std::span<const Scores> found) {
    check_close(contestant.name, reference, flat(expected), flat(found), contestant.tolerance);
}

void check_agreement(std::span<const Contestant> contestants, std::span<const Tile> tiles) {
    // Never only multiples of a block.
    constexpr std::array<std::size_t, 5> kBatches{1, 7, 33, 257, 4096};
    const std::span<const Tile> all = tiles.first(std::min(tiles.size(), kBatches.back()));
    const std::vector<Scores> expected = scores_of(contestants.front(), all);
    for (const Contestant& contestant : contestants) {
        const std::vector<Scores> found = scores_of(contestant, all);
        check_scores(contestant, contestants.front().name, expected, found);
        for (const std::size_t batch : kBatches) {
            if (batch > all.size()) break;
            const std::vector<Scores> part = scores_of(contestant, all.first(batch));
            if (std::memcmp(part.data(), found.data(), batch * sizeof(Scores)) != 0)
                throw Error(ErrorCode::bad_data, contestant.name +
                                                     ": expected the same bits for a tile in every batch," +
                                                     " found others in a batch of " + std::to_string(batch));
        }
    }
}

}  // namespace chiffre::bench
