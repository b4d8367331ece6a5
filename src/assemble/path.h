// path.h -- the best path through a row's candidates: which marks are which digits, and how sure that is.
// Source: the recognition graph of LeCun et al. 1998, section V, with marks in place of cuts; probabilities from the
// sum over all paths, section VI there; the automaton as the language model of a transducer, section VII.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "lenet5.h"
#include "pattern.h"
#include "stages.h"

namespace chiffre {

inline constexpr float kImpossible = -std::numeric_limits<float>::infinity();

// What one candidate may be: logarithms of likelihoods.
struct Evidence {
    Scores digit{};            // each of the ten
    float none = kImpossible;  // no digit, amid digits: a point, a speck
    float text = kImpossible;  // no digit, amid letters
};

// A row is a sequence of words, each of them a number or text. new_word[k] is the probability that what stands behind
// place k has nothing to do with what stands before it, so that its word may be either.
struct RowGraph {
    std::span<const Candidate> candidates;  // in the order of `first`
    std::vector<Evidence> evidence;         // parallel to them
    std::vector<float> new_word;            // one for each place but the last
    float text_share = 0.5f;                // of the words
};

struct Explanation {
    int candidate = -1;  // of the row
    int digit = 0;
    Scores posterior{};  // probability, over all paths, that this candidate is each of the ten digits
};

struct Path {
    std::vector<Explanation> digits;  // left to right
    float likelihood = kImpossible;   // its logarithm
    float confidence = 1;             // probability, over all paths, that exactly these are the row's digits
    std::vector<float> digit_share;   // of each candidate: probability, over all paths, that it is read as a digit
};

// Nothing where no path's digits match the pattern.
std::optional<Path> best_path(const RowGraph& graph, const Pattern& pattern);

}  // namespace chiffre
