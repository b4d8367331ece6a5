// display.h -- seven-segment figures as outlines, for drawn photographs. (training/seven_segment.h draws them as
// tiles.)
#pragma once

#include "synthesis/shape.h"

namespace chiffre::synthesis {

// One maker's display; lengths in digit heights.
struct DisplayStyle {
    float width = 0.52f;      // of a figure, from outer edge to outer edge
    float thickness = 0.13f;  // of the segments
    float gap = 0.02f;        // white between two segments, half of it on either side
    float point = 0;          // how pointed the ends are, up to 1; 0: square
    float lean = 0;           // dx per unit of height
    float pitch = 0.75f;      // from figure to figure
    bool variant = false;     // the other forms of 6, 7 and 9
};

DisplayStyle draw_display_style(Random& random);

// The lit segments of a digit; '.', ':' and '-' too. Empty for other characters.
Shape display_figure(char character, const DisplayStyle& style);
// The segments of a digit that are not lit.
Shape unlit_segments(int digit, const DisplayStyle& style);

// How far the next figure stands.
float display_advance(char character, const DisplayStyle& style);

}  // namespace chiffre::synthesis
