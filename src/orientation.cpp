// orientation.cpp -- a page that lies on its side reads as scraps: few digits, and those unsure. The mean confidence
// does not tell, because one lucky scrap is as sure as a page of digits; the sum does. Upside down, 0 1 8 stay what
// they are and 6 9 change places, so that such a page reads half as well as the right way up. Source of the idea:
// orientation by the confidence of recognition, Unnikrishnan and Smith 2009.
#include "orientation.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace chiffre {
namespace {

constexpr float kDoubtful = 2.2f;     // log-odds of 0.9
constexpr float kMostLogOdds = 7.0f;  // of 0.999: surer counts no more
constexpr float kPlain =
    3.5f;  // evidence per mark: four of five pages of digits have more, upside down one in a hundred

// Digits of a page are not independent: their sum, taken for log-odds of the page, is surer than it is right. The
// factor has the greatest likelihood on drawn pages, each read the right way up, on its side and upside down.
constexpr double kTrust = 0.4;
constexpr double kUpright = 0.88, kTurned = 0.04;  // beforehand: a turned page needs one plain digit more

float log_odds(float p) {
    return std::log(p / std::max(1 - p, 1e-6f));
}

}  // namespace

float evidence_of(std::span<const Row> rows) {
    float sum = 0;
    for (const Row& row : rows)
        for (const Digit& digit : row.digits)
            if (digit.alternatives.front().first != '1')
                sum += std::min(log_odds(digit.confidence), kMostLogOdds) - kDoubtful;
    return sum;
}

float evidence_of(const Assembly& assembly, std::span<const Scores> scores, const ScoreMeaning& meaning) {
    std::vector<Row> rows = assembly.rows;
    for (std::size_t r = 0; r < rows.size(); ++r)
        for (std::size_t d = 0; d < rows[r].digits.size(); ++d) {
            const auto tile = static_cast<std::size_t>(assembly.tile_of_digit[r][d]);
            Digit& digit = rows[r].digits[d];
            const auto value = static_cast<std::size_t>(digit.alternatives.front().first - '0');
            digit.confidence = probabilities(scores[tile], meaning)[value];
        }
    return evidence_of(rows);
}

bool is_doubtful(float evidence, std::size_t marks) {
    return evidence < kPlain * static_cast<float>(marks);
}

std::array<float, kTurns> likelihoods(const std::array<float, kTurns>& evidence) {
    const double most = *std::max_element(evidence.begin(), evidence.end());
    std::array<double, kTurns> share{};
    double sum = 0;
    for (std::size_t q = 0; q < kTurns; ++q) {
        share[q] = (q == 0 ? kUpright : kTurned) * std::exp(kTrust * (evidence[q] - most));
        sum += share[q];
    }
    std::array<float, kTurns> result{};
    for (std::size_t q = 0; q < kTurns; ++q) result[q] = static_cast<float>(share[q] / sum);
    return result;
}

Orientation decide(const std::array<float, kTurns>& evidence) {
    const std::array<float, kTurns> all = likelihoods(evidence);
    const auto best = std::max_element(all.begin(), all.end());
    return {static_cast<int>(best - all.begin()), *best};
}

}  // namespace chiffre
