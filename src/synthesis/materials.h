// materials.h -- ink and paper of a scene, or lamps and panels.
#pragma once

#include "synthesis/scene.h"

namespace chiffre::synthesis {

// `colour`, lighter or darker by at most `range`, its tone by a third of it.
Colour varied(Colour colour, float range, Random& random);

// Sets ink, paper, texture, and how broad this ink makes the pen of `hand`.
void draw_materials(Scene& scene, Hand& hand, const Effects& has, Random& random);

// The same for a display. Its glow_px is in digit heights until the digits' size is known.
void draw_display_materials(Scene& scene, const Effects& has);

Colour draw_line_colour(Random& random);  // of printed lines
Colour draw_ink_colour(Random& random);   // of a pen

}  // namespace chiffre::synthesis
