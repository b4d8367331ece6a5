// version.h -- what a bug report needs to name: versions, instruction set, weights, network.
#pragma once

#include <string>

namespace chiffre {

std::string version_text();

}  // namespace chiffre
