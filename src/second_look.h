// second_look.h -- a photo that reads poorly is read once more, at another scale. Internal to the pipeline.
#pragma once

#include <vector>

#include "look.h"

namespace chiffre {

// Puts the surer reading in the place of `look`. That costs nothing where it is sure already, or has no marks.
void look_again(Look& look, const Networks& networks, const ReadOptions& options, std::vector<StageTime>& times);

}  // namespace chiffre
