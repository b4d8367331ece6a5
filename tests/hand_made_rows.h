// hand_made_rows.h -- pages of marks with scores made by hand: no picture, no network.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "assemble.h"

namespace chiffre {

inline constexpr int kHeight = 40, kWidth = 24;       // of the digits drawn here, pixels
inline constexpr int kInk = 5 * kHeight;              // of one: as if it were a single stroke 5 px wide
inline constexpr ScoreMeaning kRefuses{1.0f, true};   // weights that know "no digit"
inline constexpr ScoreMeaning kInsists{1.0f, false};  // weights with a plain softmax: every mark is some digit
inline const AssembleOptions kPlain{kHeight, 1, 0};

// Logits of which `digit` has probability p and every other digit an equal share of `rest`. What is left is no digit.
inline Scores scores_of(int digit, float p, float rest) {
    Scores logits;
    const float none = std::max(1e-9f, 1 - p - rest);
    logits.fill(std::log(rest / 9 / none));
    logits[static_cast<std::size_t>(digit)] = std::log(p / none);
    return logits;
}
inline Scores surely(int digit) {
    return scores_of(digit, 0.98f, 0.009f);
}
inline const Scores kNoDigit = scores_of(0, 0.01f, 0.01f);

// A page of hand-made rows, filled from the left and from the top. A mark comes with the candidate that it is by
// itself.
struct Page {
    std::vector<MarkRow> rows;
    std::vector<Scores> scores;

    Page& row() {
        rows.emplace_back();
        return *this;
    }
    Page& mark(const cv::Rect& box, const Scores& logits, int ink_px = kInk) {
        const int position = static_cast<int>(rows.back().marks.size());
        rows.back().marks.push_back(position);
        return candidate({position, position + 1, box, ink_px}, logits);
    }
    Page& candidate(const Candidate& candidate, const Scores& logits) {
        rows.back().candidates.push_back(candidate);
        rows.back().places = std::max(rows.back().places, candidate.last + 1);
        rows.back().candidates.back().wholes = candidate.last - candidate.first;
        scores.push_back(logits);
        return *this;
    }
    // A digit of the usual size at x.
    Page& digit(int x, int digit, int y = 100) { return mark({x, y, kWidth, kHeight}, surely(digit)); }

    Assembly read(const ScoreMeaning& meaning = kRefuses, const AssembleOptions& options = kPlain) const {
        return assemble(rows, scores, {}, meaning, options);
    }
};

inline std::vector<std::string> texts(const Assembly& assembly) {
    std::vector<std::string> all;
    for (const Row& row : assembly.rows) all.push_back(row.text);
    return all;
}
using Texts = std::vector<std::string>;
using Tiles = std::vector<std::vector<int>>;

}  // namespace chiffre
