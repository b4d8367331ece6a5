// alignment.h -- which digit of the truth became which digit of the reading.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chiffre::evaluation {

inline constexpr char kNone = '-';  // on one side of a step: nothing stands there

// A digit of the truth and what was read for it. want == kNone: invented; got == kNone: missed.
struct Step {
    char want, got;
    bool right() const { return want == got; }
    friend bool operator==(const Step&, const Step&) = default;
};

// The shortest edit of the truth into the reading (Levenshtein 1966; Wagner and Fischer 1974), and of those equally
// short the one with the fewest false digits. Where that leaves a choice, a digit that was read wrong comes before one
// missed and another invented, counted from the end. O(want * got) time, one byte for each pair.
std::vector<Step> align(std::string_view want, std::string_view got);

// Steps that are not right: the edit distance. A '?' counts.
int distance(const std::vector<Step>& steps);
// Digits read that stand for no digit or for another one. A '?' does not count.
int false_digits(const std::vector<Step>& steps);

// The rows that were read right: pairs of indices, true row and read row, of a longest common subsequence.
std::vector<std::pair<int, int>> rows_read_right(const std::vector<std::string>& want,
                                                 const std::vector<std::string>& got);

}  // namespace chiffre::evaluation
