// rungs.h -- how good a trial is as far as one knows, and which trials are not worth going on with. Trials climb rungs
// of more and more training, and at each some are given up, as in successive halving (Li, Jamieson, DeSalvo,
// Rostamizadeh, Talwalkar, "Hyperband", JMLR 2018). Halving drops a fixed share, though, whatever it has seen, and good
// recipes for MNIST differ by less than chance does: here only those go that are worse by more than chance.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace chiffre::training {

// Of one run, on its validation sets.
struct Tally {
    std::int64_t wrong = 0, samples = 0;
};

struct Score {
    double error = 0;           // mean of the runs' shares
    double standard_error = 0;  // of that mean
};

// `runs`, at least one, have judged `folds` different validation sets or, where they are fewer, as many as they are.
// The standard error is the larger of two: what chance there is in which digits were held back (binomial, over
// different digits), and what the runs show by differing from each other (seeds and folds).
Score score_of(std::span<const Tally> runs, int folds);

// A trial is clearly worse than another where its error is higher by so many standard errors of the difference. The
// best of many trials is the luckiest too, by some two or three standard errors of its own for a hundred equal ones,
// so that less would drop good trials.
inline constexpr double kClearly = 3;

// The trials that are clearly worse than the best one, but of many no more than `most`: the worst. In ascending order.
std::vector<int> hopeless(std::span<const Score> scores, int most);

// After how many runs of `runs` trials are compared: 1, 2, 4, ..., runs. Growing, since comparing waits for the slowest
// and tells little new while runs are few.
std::vector<int> rung_runs(int runs);

}  // namespace chiffre::training
