// assemble.h -- scores -> reading: the best path through each row's candidates.
#pragma once

#include <span>
#include <vector>

#include "reading.h"
#include "stages.h"
#include "weights.h"

namespace chiffre {

struct Assembly {
    std::vector<Row> rows;                        // rows without any digit are left out
    std::vector<std::vector<int>> tile_of_digit;  // parallel to rows[r].digits: index into scores
};

// scores[i] belongs to the i-th candidate, counted row by row. Boxes of the result are those of the candidates times
// `reduction` (full-size pixels per working pixel). A digit read with less than `min_confidence` becomes '?'.
Assembly assemble(const std::vector<MarkRow>& rows, std::span<const Scores> scores, const ScoreMeaning& meaning,
                  float digit_height_px, int reduction, float min_confidence);

}  // namespace chiffre
