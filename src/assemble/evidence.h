// evidence.h -- scores of a row's candidates -> what each of them may be.
#pragma once

#include <span>

#include "assemble/company.h"
#include "assemble/path.h"

namespace chiffre {

// What is known of the page before a row is read.
struct PageKnowledge {
    float digit_height_px = 0;         // typical height of the marks
    bool words = true;                 // marks close to each other belong to one
    const Company* company = nullptr;  // nothing in the first pass
    float letters = 0, digits = 0;     // of the first pass: marks that are plainly something else, and digits
};

// Marks as high as digits that the network takes for none, and that are not part of a digit on the path.
int plain_letters(const MarkRow& marks, std::span<const Scores> probabilities, float digit_height_px, const Path& path);

// The row's graph. probabilities: of each candidate (opinion.h). `row`: its number on the page.
RowGraph weigh(const MarkRow& marks, std::span<const Scores> probabilities, const PageKnowledge& page, std::size_t row);

}  // namespace chiffre
