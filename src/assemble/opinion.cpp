// opinion.cpp -- whether it is a digit: the sum of log-odds, each network's counting for so much. Which digit it is:
// the weighted product of what both say (a logarithmic opinion pool; Genest and Zidek 1986).
#include "assemble/opinion.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace chiffre {
namespace {

// How many times as often a candidate of a page is a digit as the tiles whose odds the networks tell: most unions and
// most parts are none. Of the first network by itself, and of both. They have, with the prices in evidence.cpp, few
// errors on drawn pages of all conditions together; fitted freely they would have it that both networks must be sure of
// a whole mark (0.0004, and a trust of 1.1). But drawn pages are what the second one was taught with, and on
// photographs it is less sure: twelve more of 93 were misread then. So its trust stays where a network taught with
// fewer pages had put it, and the odds of a whole mark near there; 0.01 instead of 0.018 takes fewer letters for
// digits. Its share of the word on which digit it is was chosen by drawn pages: errors change little from 0.3 to 0.5.
struct Prior {
    float whole, cut;
};
constexpr Prior kFirst{0.04f, 0.13f}, kBoth{0.01f, 0.007f};
constexpr float kContextTrust = 0.79f;   // the second network's log-odds count so many times
constexpr float kContextShare = 0.4f;    // of the second network's word on which digit it is
constexpr float kLeastDoubt = 0.00033f;  // that a network leaves
// The second one never saw a photograph: a digit of an unusual hand, or run together with a line, may be one although
// it is sure that there is none. Of drawn pages as many are read right, photographs, also when turned or scaled,
// better.
constexpr float kLeastInContext = 0.001f;
constexpr float kLeastShare = 1e-6f;  // of one digit among the ten: keeps logarithms finite

float total(const Scores& probabilities) {
    return std::accumulate(probabilities.begin(), probabilities.end(), 0.0f);
}

// Of a digit against none.
float odds_of(float digit) {
    return std::max(digit, kLeastDoubt * kLeastDoubt) / std::max(1 - digit, kLeastDoubt);
}

// Of each digit among the ten.
Scores shares_of(const Scores& probabilities) {
    const float all = std::max(total(probabilities), kLeastShare);
    Scores shares;
    for (std::size_t d = 0; d < shares.size(); ++d) shares[d] = std::max(probabilities[d] / all, kLeastShare);
    return shares;
}

}  // namespace

Scores opinion_of(const Candidate& candidate, const Scores& alone, const Scores* context) {
    const Prior& prior = context ? kBoth : kFirst;
    float odds = odds_of(total(alone)) * (candidate.wholes == 0 || can_be_cut(candidate) ? prior.cut : prior.whole);
    Scores shares = shares_of(alone);
    if (context) {
        odds *= std::pow(odds_of(std::max(total(*context), kLeastInContext)), kContextTrust);
        const Scores others = shares_of(*context);
        for (std::size_t d = 0; d < shares.size(); ++d)
            shares[d] = std::pow(shares[d], 1 - kContextShare) * std::pow(others[d], kContextShare);
    }
    const float scale = odds / (1 + odds) / total(shares);
    for (float& share : shares) share *= scale;
    return shares;
}

}  // namespace chiffre
