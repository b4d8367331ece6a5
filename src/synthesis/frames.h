// frames.h -- what a writer draws around numbers: underlines, circles, boxes.
#pragma once

#include "synthesis/layout.h"

namespace chiffre::synthesis {

// Adds one of these to some rows of the layout, to one at least; pen_width in digit heights.
void add_frames(Layout& layout, float pen_width, Random own);

}  // namespace chiffre::synthesis
