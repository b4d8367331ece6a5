// light.h -- the light on a scene, and what lens and sensor make of it.
#pragma once

#include "synthesis/scene.h"

namespace chiffre::synthesis {

void draw_light(Scene& scene, const Effects& has, Random& random);

// pen_width: digit heights.
void draw_sensor(Scene& scene, const SceneOptions& options, const Effects& has, float pen_width, Random& random);

}  // namespace chiffre::synthesis
