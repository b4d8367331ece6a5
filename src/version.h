// version.h -- what a bug report needs to name: versions, instruction set, GPU architectures, weights, network.
#pragma once

#include <string>

#include "weights.h"

namespace chiffre {

// `source`: where the weights came from.
std::string version_text(const Weights& weights, const std::string& source);

}  // namespace chiffre
