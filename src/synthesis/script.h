// script.h -- who or what puts characters on the page: a hand, a font, a display. Lengths in digit heights, baseline at
// y = 1.
#pragma once

#include <functional>

#include "synthesis/display.h"
#include "synthesis/print.h"
#include "synthesis/shape.h"

namespace chiffre::synthesis {

struct Sign {
    Shape shape;
    float advance = 0;  // to the next sign's origin; 0: the next is set against this one's outline
    Shape unlit = {};   // of a display
};

struct Script {
    std::function<Sign(char, Random&)> draw;  // an empty shape for what the script lacks
    float spacing = 0.25f;                    // white between neighbours where the advance is 0
};

Script hand_script(const Hand& hand);

// `figures` must outlive the script.
Script print_script(const FontFigures& figures);

Script display_script(const DisplayStyle& style);

// The same script by a hand whose digits are of unlike heights: the tails of 4, 7 and 9 go below the line, the stem of
// 6 stands above the others, a 0 is small, as this hand has it. `habits` is copied: the numbers are the script's own.
Script uneven_script(Script script, Random habits);

// The same script with most digits in several pieces: the pen skipped, or a pale band runs through the row. `breaks`
// is copied: the numbers are the script's own.
Script broken_script(Script script, float pen_width, Random breaks);

}  // namespace chiffre::synthesis
