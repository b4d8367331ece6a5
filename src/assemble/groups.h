// groups.h -- which gaps of a row part groups of digits.
#pragma once

#include <span>

#include "reading.h"

namespace chiffre {

// Sets starts_group. Gaps are measured between the digits that remain: a piece of a ruled line or a speck that was
// dropped stands in a gap and does not close it.
void start_groups(std::span<Digit> row);

}  // namespace chiffre
