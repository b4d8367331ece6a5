// seven_segment.h -- figures of seven-segment displays, and segment patterns that are no figure.
#pragma once

#include "glyphs.h"

namespace chiffre::training {

// One display figure in a random style: lean, thickness, gaps from none to wide, ends of segments (round, square,
// pointed, mitred), the forms of 6, 7 and 9 with and without their last segment. digit: 0..9.
Glyph draw_display_digit(Random& random, int digit);

// A lit pattern that is no digit: A, C, E, F, H, L, P, U, ... and single segments that do not stand upright.
Glyph draw_display_mark(Random& random);

}  // namespace chiffre::training
