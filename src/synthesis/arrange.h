// arrange.h -- which script writes which texts in which order: the choices between scene and layout.
#pragma once

#include "synthesis/layout.h"

namespace chiffre::synthesis {

// The scripts of a scene; `printed` says in which family's figures, empty where a hand or a display wrote.
struct Writing {
    Script script;
    std::string family;
};

// `traced`: decides whether the digits are traced ones, and which. Throws Error(usage) where figures are to be printed
// and there are no fonts.
Writing choose_script(const SceneOptions& options, const Hand& hand, const Effects& has, Random traced);

// Rows and digits as asked for, or as the style has them, as far as they fit the picture.
struct Counts {
    Range rows, digits;
};
Counts fitting(const SceneOptions& options, Style style, const Effects& has);

// `line_pitch` in digit heights, 0 without lines; `texts` and `pen` as in draw_texts() and draw_layout().
Layout arrange(const Counts& counts, float line_pitch, const Writing& writing, const Effects& has, Random& texts,
               Random& pen);

}  // namespace chiffre::synthesis
