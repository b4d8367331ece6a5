// alignment_reference.h -- distance and false digits of a reading by trying every alignment, for tests: slow, and with
// nothing in common with the program's way.
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>

namespace chiffre {

// The least (distance, false digits) of all alignments, in this order.
inline std::pair<int, int> least_cost(std::string_view want, std::string_view got) {
    const auto plus = [](std::pair<int, int> rest, int distance, int false_digits) {
        return std::pair(rest.first + distance, rest.second + false_digits);
    };
    if (want.empty() && got.empty()) return {0, 0};
    std::pair<int, int> least{1'000'000, 0};
    if (!want.empty()) least = std::min(least, plus(least_cost(want.substr(1), got), 1, 0));
    if (!got.empty()) least = std::min(least, plus(least_cost(want, got.substr(1)), 1, got.front() == '?' ? 0 : 1));
    if (!want.empty() && !got.empty()) {
        const bool wrong = want.front() != got.front();
        const auto rest = least_cost(want.substr(1), got.substr(1));
        least = std::min(least, plus(rest, wrong ? 1 : 0, wrong && got.front() != '?' ? 1 : 0));
    }
    return least;
}

}  // namespace chiffre
