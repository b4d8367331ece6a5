// glance.h -- which ways up a page that reads poorly may lie, told by its marks alone, as they were found: a fifth of
// what it takes to find marks and unions anew for each.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "assemble.h"
#include "orientation.h"

namespace chiffre {

// Every mark by itself, for each way up in turn.
std::vector<Tile> tiles_of_all_ways(const Ink& ink, const Marks& marks, const StageParts& parts);

// scores: of those tiles. Evidence as likelihoods() takes it.
std::array<float, kTurns> evidence_of_all_ways(const Marks& marks, std::span<const Scores> scores,
                                               const ScoreMeaning& meaning, const AssembleOptions& options,
                                               const StageParts& parts);

// The other ways up, in quarters, that are worth trying in earnest; none where the page surely lies as it should.
std::vector<int> ways_worth_trying(const std::array<float, kTurns>& evidence);

}  // namespace chiffre
