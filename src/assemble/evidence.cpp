// evidence.cpp -- a mark by itself often may be a letter or a digit: O and 0, l and 1, S and 5. A word is one or the
// other, by all its marks together: going over costs, the less the wider the gap (groups of a row are 0.9 heights
// apart), and text excuses letters that look like digits, numbers points and dashes.
#include "assemble/evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "assemble/opinion.h"

namespace chiffre {
namespace {

// The network is not surer than this that a mark is a digit, or none. A mark that can be cut is another thing: if it is
// no digit, it is two.
constexpr float kLeastDigit = 0.015f, kLeastNone = 0.052f, kLeastWideDigit = 0.00029f;
constexpr float kLowestDigit = 0.42f;  // of the page's typical height: what is lower is no digit by itself
// Of a mark that can be cut, as log-probabilities: that a part of it is a digit; the same of a 1, which any stroke
// looks like; that two parts share a stroke; that the part is cut off by strokes; that the whole is no digit amid
// digits, or amid letters, which are as wide as two digits. These and those below have the least errors on drawn pages
// of all conditions together, letters taken for digits counting four times.
constexpr float kCutDigit = -0.44f, kCutOne = -0.36f, kShared = -0.34f, kByStrokes = -0.067f;
constexpr float kWideNone = -2.9f, kWideText = -0.66f;

// Logarithms of how often among letters one looks like this digit and nothing else: O, l, Z, S, b, B and q do, few look
// like a 3, 4 or 7.
constexpr float kOften = -1.0f, kSeldom = -2.5f;
constexpr std::array<float, 10> kLetterLike{kOften, kOften, kOften,  kSeldom, kSeldom,
                                            kOften, kOften, kSeldom, kOften,  kOften};
// How often among the marks of a number one as high as a digit, or lower, is none.
constexpr float kNoneInNumber = -2.7f, kPointInNumber = -0.14f;
constexpr float kLowMark = 0.5f;  // of the page's typical height: lower marks are points and specks
// The same of a part of a mark, beside: digits seldom run together with a line, a stain or a letter.
constexpr float kNonePart = -1.5f;

// Evidence of a 1 in a row in which nothing else looks like a digit, on a page of as many digits where other things
// are, too: stains, ends of lines and edges of shadows look like a 1.
constexpr float kLoneOne = -1.5f, kLonePage = 5, kLikeDigit = 0.1f;

// The share of words that are text is that of letters among the page's marks, as if so many had been seen before: most
// pages hold numbers alone, and there a digit of an unusual hand must not pass for a letter.
constexpr float kLettersBefore = 0.2f, kDigitsBefore = 2.2f;

// The odds that a mark is a digit rise and fall with those of the page, counted the same way, to this power: a sign
// that the networks do not know is a digit among digits and a letter among letters.
constexpr float kPageTrust = 0.4f, kPageLetters = 0.5f, kPageDigits = 2.0f, kUsualOdds = 4.0f;

// Marks closer than the one belong to a word, but for this share; farther than the other they do not. In heights.
constexpr float kLetterGap = 0.42f, kWordGap = 0.46f;
constexpr float kWithinWord = 0.024f;

float log_probability(float p, float least) {
    return std::log(std::max(p, least));
}

float digit_probability(const Scores& p) {
    return std::accumulate(p.begin(), p.end(), 0.0f);
}

float with_odds(float probability, float factor) {
    return probability * factor / (probability * factor + 1 - probability);
}

int best_digit(const Scores& p) {
    return static_cast<int>(std::max_element(p.begin(), p.end()) - p.begin());
}

bool is_lone_row(const MarkRow& marks, std::span<const Scores> probabilities) {
    int like_digits = 0;
    for (std::size_t i = 0; i < marks.candidates.size(); ++i)
        like_digits += marks.candidates[i].wholes == 1 && digit_probability(probabilities[i]) >= kLikeDigit;
    return like_digits <= 1;
}

// Of each mark, at its place, the log-probability that it is no digit by itself: what a union that it is part of has to
// say of it. Nothing of what reads as a 1, as any stroke does.
std::vector<float> none_of_members(const MarkRow& marks, std::span<const Scores> probabilities) {
    std::vector<float> none(static_cast<std::size_t>(marks.places));
    for (std::size_t i = 0; i < marks.candidates.size(); ++i) {
        const Candidate& c = marks.candidates[i];
        if (c.wholes == 1 && best_digit(probabilities[i]) != 1)
            none[static_cast<std::size_t>(c.first)] =
                log_probability(1 - digit_probability(probabilities[i]), kLeastNone);
    }
    return none;
}

// Pieces of one mark belong together.
std::vector<float> new_words(const MarkRow& marks, float height_px) {
    std::vector<float> fresh(static_cast<std::size_t>(marks.places) - 1, kWithinWord);
    int right = 0;
    for (const Candidate& c : marks.candidates) {
        if (c.wholes != 1) continue;
        const float gap = c.first == 0 ? 0 : static_cast<float>(c.box.x - right) / std::max(1.0f, height_px);
        right = c.first == 0 ? c.box.br().x : std::max(right, c.box.br().x);
        fresh[static_cast<std::size_t>(c.first)] =
            kWithinWord + (1 - kWithinWord) * std::clamp((gap - kLetterGap) / (kWordGap - kLetterGap), 0.0f, 1.0f);
    }
    return fresh;
}

}  // namespace

int plain_letters(const MarkRow& marks, std::span<const Scores> probabilities, float digit_height_px,
                  const Path& path) {
    std::vector<bool> is_digit(static_cast<std::size_t>(marks.places));
    for (const Explanation& e : path.digits) {
        const Candidate& c = marks.candidates[static_cast<std::size_t>(e.candidate)];
        std::fill(is_digit.begin() + c.first, is_digit.begin() + c.last, true);
    }
    int letters = 0;
    for (std::size_t i = 0; i < marks.candidates.size(); ++i) {
        const Candidate& c = marks.candidates[i];
        if (c.wholes != 1 || can_be_cut(c) || is_digit[static_cast<std::size_t>(c.first)]) continue;
        letters += digit_probability(probabilities[i]) < 0.5f &&
                   static_cast<float>(c.box.height) >= kLowMark * digit_height_px;
    }
    return letters;
}

RowGraph weigh(const MarkRow& marks, std::span<const Scores> probabilities, const PageKnowledge& page,
               std::size_t row) {
    // A row of small digits beside large ones leads itself.
    const float digit_height_px =
        marks.height_px > 0 ? std::min(marks.height_px, page.digit_height_px) : page.digit_height_px;
    const float letters = page.letters + kLettersBefore, digits = page.digits + kDigitsBefore;
    RowGraph graph{marks.candidates,
                   {},
                   page.words ? new_words(marks, digit_height_px)
                              : std::vector<float>(static_cast<std::size_t>(marks.places) - 1, 1.0f),
                   letters / (letters + digits)};
    const float page_odds =
        page.company ? std::pow((page.digits + kPageDigits) / (page.letters + kPageLetters) / kUsualOdds, kPageTrust)
                     : 1;
    const std::vector<float> if_part = none_of_members(marks, probabilities);
    const bool is_lone =
        page.company && page.letters > 0 && page.digits >= kLonePage && is_lone_row(marks, probabilities);
    for (std::size_t i = 0; i < marks.candidates.size(); ++i) {
        const Candidate& c = marks.candidates[i];
        const Scores& p = probabilities[i];
        const int best = best_digit(p);
        const float said = digit_probability(p), digit = c.wholes == 1 ? with_odds(said, page_odds) : said;
        const auto weight = static_cast<float>(std::max(1, c.wholes));
        float company = page.company ? page.company->evidence(fellow_of(c, best), row) : 0;
        if (is_lone && best == 1) company += kLoneOne;
        if (c.wholes > 1)
            company += std::accumulate(if_part.begin() + c.first, if_part.begin() + c.last, 0.0f) / weight;
        if (c.wholes == 0)
            company += (best == 1 ? kCutOne : kCutDigit) + (c.shares ? kShared : 0) + (c.by_strokes ? kByStrokes : 0);
        const float is_digit = log_probability(digit, can_be_cut(c) ? kLeastWideDigit : kLeastDigit);
        const bool too_low = static_cast<float>(c.box.height) < kLowestDigit * digit_height_px;
        Evidence evidence;
        for (std::size_t d = 0; d < p.size(); ++d)
            evidence.digit[d] = too_low ? kImpossible : weight * (is_digit + std::log(p[d] / said) + company);
        const float none = too_low ? 0 : log_probability(1 - digit, kLeastNone);
        const bool is_low = static_cast<float>(c.box.height) < kLowMark * digit_height_px;
        const float none_in_number = none + (is_low ? kPointInNumber : kNoneInNumber);
        if (c.wholes == 0) evidence.none = none_in_number + kNonePart;
        if (c.wholes == 1) {  // unions only ever mean a digit
            evidence.none = none_in_number + (can_be_cut(c) ? kWideNone : 0);
            evidence.text =
                std::max(none, kLetterLike[static_cast<std::size_t>(best)]) + (can_be_cut(c) ? kWideText : 0);
        }
        graph.evidence.push_back(evidence);
    }
    return graph;
}

}  // namespace chiffre
