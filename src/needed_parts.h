// needed_parts.h -- which parts of marks that can be cut are worth a look: none of a mark that surely is one digit.
#pragma once

#include <span>
#include <vector>

#include "stages.h"
#include "weights.h"

namespace chiffre {

inline bool is_part(const Candidate& candidate) {
    return candidate.wholes == 0;
}

// The rows less the parts of marks that as a whole surely are a digit. scores: of the candidates that are no parts, row
// by row.
std::vector<MarkRow> keep_needed_parts(std::vector<MarkRow> rows, std::span<const Scores> scores,
                                       const ScoreMeaning& meaning);

}  // namespace chiffre
