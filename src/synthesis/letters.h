// letters.h -- the forms of letters and signs, as the path that the pen takes: what stands beside digits on real paper.
#pragma once

#include <vector>

#include "synthesis/allographs.h"

namespace chiffre::synthesis {

// Strokes in writing order, in the coordinates of allographs.h; lower-case letters begin at y = 0.4. ASCII letters and
// + - * = / . , : ( ) # % and '>', an arrow. Empty for every other character.
std::vector<std::vector<Knot>> letter_form(char letter);

}  // namespace chiffre::synthesis
