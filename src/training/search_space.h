// search_space.h -- what a search varies: lists and ranges of a recipe's keys, and the recipes drawn from them.
// Random rather than grid where there are many keys of which few matter: Bergstra, Bengio, "Random search for
// hyper-parameter optimization", JMLR 2012.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "recipe.h"

namespace chiffre::training {

// "key=v1,v2,v3": one of these; "key=low:high": a number between, both included, whole where the key's are; with ":log"
// uniform in its logarithm.
struct Variation {
    std::string key;
    std::vector<std::string> values;  // empty: a range
    double low = 0, high = 0;
    bool logarithmic = false, whole = false;
};

// Throws Error(usage): unknown keys, values that `recipe` may not have, empty ranges.
Variation parse_variation(const std::string& text, const Recipe& recipe);
// The same of several. Throws Error(usage) also where there are none, or a key comes twice.
std::vector<Variation> parse_variations(std::span<const std::string> texts, const Recipe& recipe);

// A recipe to be tried, and its values of the keys that vary, in their order.
struct Candidate {
    std::vector<std::string> values;
    Recipe recipe;
};

// Lists alone: all combinations, the last key's values changing fastest; where `trials` are fewer, so many of them,
// drawn at random. With a range: `trials` drawn at random (kDefaultTrials where it is not said), no two of them equal;
// fewer where there are no more. The candidates drawn for one seed begin with those drawn for fewer trials. Throws
// Error(usage) for more than kMostCombinations without `trials`.
inline constexpr int kDefaultTrials = 16, kMostCombinations = 10'000;
std::vector<Candidate> choose_candidates(const Recipe& recipe, std::span<const Variation> variations,
                                         std::optional<int> trials, std::uint64_t seed);

}  // namespace chiffre::training
