// version.h -- what a bug report needs to name: versions, instruction set, GPU architectures, weights, network.
#pragma once

#include <string>

namespace chiffre {

// `weights`: which ones.
std::string version_text(const std::string& weights);

}  // namespace chiffre
