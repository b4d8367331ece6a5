// rungs.cpp -- the statistics of comparing trials.
#include "rungs.h"

#include <algorithm>
#include <cmath>

namespace chiffre::training {
namespace {

double binomial_error(std::span<const Tally> runs, int folds) {
    double wrong = 0, samples = 0;
    for (const Tally& run : runs) {
        wrong += static_cast<double>(run.wrong);
        samples += static_cast<double>(run.samples);
    }
    const double share = (wrong + 1) / (samples + 2);  // Laplace's: no wrong digit is no proof that there are none
    const double different =
        samples * std::min<double>(folds, static_cast<double>(runs.size())) / static_cast<double>(runs.size());
    return std::sqrt(share * (1 - share) / std::max(different, 1.0));
}

}  // namespace

Score score_of(std::span<const Tally> runs, int folds) {
    const auto n = static_cast<double>(runs.size());
    const auto share = [](const Tally& run) {
        return static_cast<double>(run.wrong) / static_cast<double>(std::max<std::int64_t>(run.samples, 1));
    };
    Score score;
    for (const Tally& run : runs) score.error += share(run) / n;
    double squares = 0;
    for (const Tally& run : runs) squares += (share(run) - score.error) * (share(run) - score.error);
    const double spread = runs.size() > 1 ? std::sqrt(squares / (n - 1) / n) : 0;
    score.standard_error = std::max(binomial_error(runs, folds), spread);
    return score;
}

std::vector<int> hopeless(std::span<const Score> scores, int most) {
    if (scores.empty()) return {};
    const Score best = *std::min_element(scores.begin(), scores.end(),
                                         [](const Score& a, const Score& b) { return a.error < b.error; });
    std::vector<int> worse;
    for (int i = 0; i < static_cast<int>(scores.size()); ++i) {
        if (scores[i].error - best.error > kClearly * std::hypot(scores[i].standard_error, best.standard_error))
            worse.push_back(i);
    }
    std::stable_sort(worse.begin(), worse.end(), [&](int a, int b) { return scores[a].error > scores[b].error; });
    worse.resize(std::min(worse.size(), static_cast<std::size_t>(std::max(most, 0))));
    std::sort(worse.begin(), worse.end());
    return worse;
}

std::vector<int> rung_runs(int runs) {
    std::vector<int> rungs;
    for (int done = 1; done < runs; done *= 2) rungs.push_back(done);
    rungs.push_back(runs);
    return rungs;
}

}  // namespace chiffre::training
