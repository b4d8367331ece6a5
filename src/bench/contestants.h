// contestants.h -- the engines that are compared, and the check that they give the same scores before any is timed.
#pragma once

#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "lenet5.h"
#include "tile.h"
#include "weights.h"

namespace chiffre::bench {

using Classify = std::function<void(std::span<const Tile>, std::span<Scores>)>;

// How far the scores of a contestant may be from the reference's.
struct Tolerance {
    double absolute;  // the largest difference
    double squared;   // sum of squared differences over the sum of squares
};
inline constexpr double kAnything = std::numeric_limits<double>::infinity();
// Instruction sets differ in rounding only; of single values it may be large where large terms cancel.
inline constexpr Tolerance kOtherRounding{kAnything, 1e-9};  // measured: 2e-12 for gradients, 3e-14 for logits
inline constexpr Tolerance kSinglePrecision{1e-5, kAnything};
inline constexpr Tolerance kSixteenBits{5e-3, kAnything};  // factors in 16-bit fixed point

struct Contestant {
    std::string name;  // "cpu avx512", "cuda:0 fp16"
    Classify classify;
    Tolerance tolerance;
};

// The CPU engine with every instruction set of this machine, or with the one named (as by CHIFFRE_ISA); the fastest
// first. Throws Error(usage) where this machine does not have it.
std::vector<Contestant> cpu_contestants(const Weights& weights, const std::string& isa = "");

// The CUDA engine of GPU `index` in every precision. Throws Error(no_device).
std::vector<Contestant> cuda_contestants(const Weights& weights, int index);

// Tiles of noise, always the same ones: no engine takes longer for one value than for another.
std::vector<Tile> made_tiles(std::size_t n);

std::vector<Scores> scores_of(const Contestant& contestant, std::span<const Tile> tiles);

double largest_difference(std::span<const float> expected, std::span<const float> found);
double squared_error(std::span<const float> expected, std::span<const float> found);  // normalized
std::span<const float> flat(std::span<const Scores> scores);

// Throws Error(bad_data) unless `found` is within the tolerance of `expected`; not-a-number never is.
void check_close(const std::string& name, const std::string& reference, std::span<const float> expected,
                 std::span<const float> found, const Tolerance& tolerance);

// The same for scores, with the contestant's own tolerance.
void check_scores(const Contestant& contestant, const std::string& reference, std::span<const Scores> expected,
                  std::span<const Scores> found);

// Classifies 1, 7, 33, 257, ... of the tiles with each: all must be within their tolerance of the first, and must give
// a tile the same bits in every batch. Throws Error(bad_data).
void check_agreement(std::span<const Contestant> contestants, std::span<const Tile> tiles);

}  // namespace chiffre::bench
