// opinion.h -- what the two networks say of a candidate -> the probability that it is each of the ten digits, among
// candidates of a page.
#pragma once

#include "lenet5.h"
#include "stages.h"

namespace chiffre {

// A mark that can be cut. If it is no digit, it is two.
inline bool can_be_cut(const Candidate& candidate) {
    return candidate.wholes == 1 && candidate.last - candidate.first > 1;
}

// alone, context: probabilities of the ten digits (weights.h) by the network that sees it alone and the one that sees
// it where it stands, which is null where there is none.
Scores opinion_of(const Candidate& candidate, const Scores& alone, const Scores* context);

}  // namespace chiffre
