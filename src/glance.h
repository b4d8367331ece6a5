// glance.h -- whether a page that reads poorly lies as it should, told by its marks alone, as they were found: a fifth
// of what it takes to find marks and unions anew for each way up.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "assemble.h"
#include "orientation.h"

namespace chiffre {

// Every mark by itself, for each way up in turn.
std::vector<Tile> tiles_of_all_ways(const Ink& ink, const Marks& marks, const StageParts& parts);

// scores: of those tiles. Evidence as decide() takes it.
std::array<float, kTurns> evidence_of_all_ways(const Marks& marks, std::span<const Scores> scores,
                                               const ScoreMeaning& meaning, const AssembleOptions& options,
                                               const StageParts& parts);

// Whether the page surely lies the right way up, so that nothing else need be tried.
bool lies_right(const Orientation& at_a_glance);

}  // namespace chiffre
