// beneath.h -- what lies on the paper beneath the ink: printed lines, unlit segments, the other side's writing, stains,
// a stamp.
#pragma once

#include <functional>

#include "synthesis/layout.h"

namespace chiffre::synthesis {

// seen_at: from the layout's coordinates to the picture's.
void add_beneath(Scene& scene, const Layout& layout, const Effects& has,
                 const std::function<Shape(const Shape&)>& seen_at);

}  // namespace chiffre::synthesis
