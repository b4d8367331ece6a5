// join.h -- part of segment: pieces of one broken stroke, and segments of a display, become one mark.
#pragma once

#include <functional>

#include "stages.h"

namespace chiffre {

// Marks whose strokes' ends face each other across a short gap become one: its pixels bear one label, so that a cut
// through the gap (cut.h) costs nothing and the pieces remain a reading of the graph where the mark is wide.
// Joined marks tell better how high digits are, and then more may fit: until the typical height no longer grows.
void join_broken(Marks& marks, const std::function<double(const Marks&)>& typical_height);

}  // namespace chiffre
