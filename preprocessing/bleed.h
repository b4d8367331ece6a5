// bleed.h -- part of segment: writing of the sheet's other side.
#pragma once

#include "stages.h"

namespace chiffre {

// Drops the marks that show through: fainter than all others, with a gap between, and their edges softer, as paper
// spreads the light. A second, paler pen is as sharp as the first and stays.
void drop_bleed_through(Marks& marks, const Ink& ink);

}  // namespace chiffre
