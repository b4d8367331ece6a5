// cut.h -- where digits that touch may be cut apart.
#pragma once

#include "stages.h"

namespace chiffre {

// Marks so wide that they may be several digits are cut where little ink is crossed, and where their strokes may be
// shared out: fills marks.pieces and marks.cuts, and the labels of those marks' pixels become the pieces'. No more than
// a proposal: what lies between two cuts and the whole are candidates, and the path through their scores decides.
// last_label: the highest in marks.labels.
void propose_cuts(Marks& marks, const Ink& ink, int last_label);

}  // namespace chiffre
