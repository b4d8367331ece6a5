// glance.cpp -- a turned mark is its turned tile, and rows are found by boxes. Where the page does lie on its side, its
// digits were joined and judged by a wrong height, so that this only tells how it does not lie.
#include "glance.h"

namespace chiffre {
namespace {

// At a glance. Of 392 drawn pages that lie right and read poorly 315 have no other way up that is as likely, of 399
// that lie on a side or upside down the right way is less likely for 2.
constexpr float kWorthTrying = 0.002f;

// The mark in one piece.
Candidate whole(const Marks& marks, std::size_t i) {
    const Mark& mark = marks.marks[i];
    return {0, 1, mark.box, mark.area_px, 1, false, false, false, marks.parts_of(static_cast<int>(i))};
}

}  // namespace

std::vector<Tile> tiles_of_all_ways(const Ink& ink, const Marks& marks, const StageParts& parts) {
    std::vector<Tile> tiles;
    for (std::size_t i = 0; i < marks.marks.size(); ++i) tiles.push_back(normalize(ink, marks, whole(marks, i), parts));
    for (int q = 1; q < kTurns; ++q)
        for (std::size_t i = 0; i < marks.marks.size(); ++i) tiles.push_back(turned(tiles[i], q));
    return tiles;
}

std::array<float, kTurns> evidence_of_all_ways(const Marks& marks, std::span<const Scores> scores,
                                               const ScoreMeaning& meaning, const AssembleOptions& options,
                                               const StageParts& parts) {
    StageParts stages = parts;
    stages.unions = false;
    std::array<float, kTurns> evidence{};
    for (int q = 0; q < kTurns; ++q) {
        const Marks boxes = turned_boxes(marks, q);
        const std::vector<MarkRow> rows = order(boxes, stages);
        std::vector<Scores> of_candidates;
        for (const MarkRow& row : rows)
            for (const Candidate& candidate : row.candidates) {
                const auto mark = static_cast<std::size_t>(candidate.marks.front());
                of_candidates.push_back(scores[static_cast<std::size_t>(q) * marks.marks.size() + mark]);
            }
        AssembleOptions own = options;
        own.digit_height_px = boxes.digit_height_px;
        evidence[static_cast<std::size_t>(q)] =
            evidence_of(assemble(rows, of_candidates, {}, meaning, own), of_candidates, meaning);
    }
    return evidence;
}

std::vector<int> ways_worth_trying(const std::array<float, kTurns>& evidence) {
    const std::array<float, kTurns> likely = likelihoods(evidence);
    std::vector<int> ways;
    for (int q = 1; q < kTurns; ++q)
        if (likely[static_cast<std::size_t>(q)] >= kWorthTrying) ways.push_back(q);
    return ways;
}

}  // namespace chiffre
