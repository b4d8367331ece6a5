// assemble.h -- scores -> reading: the best path through each row's candidates.
#pragma once

#include <span>
#include <vector>

#include "pattern.h"
#include "reading.h"
#include "stages.h"
#include "weights.h"

namespace chiffre {

struct Assembly {
    float confidence = 1;                         // probability that all rows are right
    std::vector<Row> rows;                        // rows without any digit are left out
    std::vector<std::vector<int>> tile_of_digit;  // parallel to rows[r].digits: index into scores
    std::vector<float> digit_share;  // parallel to scores: probability, whatever the pattern, of being read as a digit
};

struct AssembleOptions {
    float digit_height_px = 0;  // typical height of the marks (Marks::digit_height_px)
    double reduction = 1;       // full-size pixels per working pixel: boxes of the result are full-size
    float min_confidence = 0;   // a digit read with less becomes '?'
    Pattern pattern = {};       // that each row should match; one that cannot is read without it, and says so
    bool words = true;          // marks close to each other are numbers or text together (parts.h)
    bool company = true;        // digits are judged by how those of the page look
};

// scores[i] and context[i] belong to the i-th candidate, counted row by row. context: probabilities of the ten
// digits by a network that saw what stands around it, too; empty where none did.
Assembly assemble(const std::vector<MarkRow>& rows, std::span<const Scores> scores, std::span<const Scores> context,
                  const ScoreMeaning& meaning, const AssembleOptions& options);

}  // namespace chiffre
