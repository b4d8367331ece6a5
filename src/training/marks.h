// marks.h -- marks that are no digit: what rules, smudges, arithmetic signs and doodles look like once they are framed.
#pragma once

#include "glyphs.h"

namespace chiffre::training {

// Left out because they are digits, or nearly: upright and slanted bars (1), closed loops (0), the corner of a 7.
Glyph draw_mark(Random& random);

}  // namespace chiffre::training
