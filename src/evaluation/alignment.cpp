// alignment.cpp -- dynamic programming over prefixes. Costs are kept for one row of the table; of the other rows the
// last step, which is all that going back needs.
#include "evaluation/alignment.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace chiffre::evaluation {
namespace {

struct Cost {
    int distance = 0, false_digits = 0;
    friend auto operator<=>(const Cost&, const Cost&) = default;  // distance first

    Cost plus(Step step) const {
        if (step.right()) return *this;
        return {distance + 1, false_digits + (step.got != kNone && step.got != '?')};
    }
};

enum class Move : std::uint8_t { both, missed, invented };

}  // namespace

std::vector<Step> align(std::string_view want, std::string_view got) {
    const std::size_t width = got.size() + 1;
    std::vector<Move> moves((want.size() + 1) * width, Move::invented);
    std::vector<Cost> above(width), row(width);
    for (std::size_t i = 0; i <= want.size(); ++i) {
        for (std::size_t j = 0; j <= got.size(); ++j) {
            if (i == 0 && j == 0) continue;
            Move move = Move::both;
            Cost best{std::numeric_limits<int>::max()};
            const auto offer = [&](Move offered, const Cost& cost) {
                if (cost < best) move = offered, best = cost;
            };
            if (i > 0 && j > 0) offer(Move::both, above[j - 1].plus({want[i - 1], got[j - 1]}));
            if (i > 0) offer(Move::missed, above[j].plus({want[i - 1], kNone}));
            if (j > 0) offer(Move::invented, row[j - 1].plus({kNone, got[j - 1]}));
            row[j] = best;
            moves[i * width + j] = move;
        }
        std::swap(row, above);
    }

    std::vector<Step> steps;
    for (std::size_t i = want.size(), j = got.size(); i > 0 || j > 0;) {
        const Move move = moves[i * width + j];
        const char true_digit = move == Move::invented ? kNone : want[--i];
        const char read_digit = move == Move::missed ? kNone : got[--j];
        steps.push_back({true_digit, read_digit});
    }
    std::reverse(steps.begin(), steps.end());
    return steps;
}

int distance(const std::vector<Step>& steps) {
    return static_cast<int>(std::count_if(steps.begin(), steps.end(), [](Step step) { return !step.right(); }));
}

int false_digits(const std::vector<Step>& steps) {
    return static_cast<int>(std::count_if(
        steps.begin(), steps.end(), [](Step step) { return !step.right() && step.got != kNone && step.got != '?'; }));
}

std::vector<std::pair<int, int>> rows_read_right(const std::vector<std::string>& want,
                                                 const std::vector<std::string>& got) {
    // common[i][j]: of the rows from i and from j on.
    std::vector<std::vector<int>> common(want.size() + 1, std::vector<int>(got.size() + 1));
    for (std::size_t i = want.size(); i-- > 0;)
        for (std::size_t j = got.size(); j-- > 0;)
            common[i][j] = want[i] == got[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    std::vector<std::pair<int, int>> pairs;
    for (std::size_t i = 0, j = 0; i < want.size() && j < got.size();) {
        if (want[i] == got[j])
            pairs.emplace_back(static_cast<int>(i++), static_cast<int>(j++));
        else if (common[i + 1][j] >= common[i][j + 1])
            ++i;
        else
            ++j;
    }
    return pairs;
}

}  // namespace chiffre::evaluation
