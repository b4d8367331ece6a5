// variants.h -- the same tile leaning a little or moved by a pixel. To a network these are several opinions of one
// digit, and their mean errs less often than one of them.
#pragma once

#include <span>
#include <vector>

#include "tile.h"

namespace chiffre {

inline constexpr int kVariants = 9;  // per tile: as it is, four leans, four shifts

// kVariants tiles for each of `tiles`, side by side, the tile itself first.
std::vector<Tile> vary(std::span<const Tile> tiles);

}  // namespace chiffre
