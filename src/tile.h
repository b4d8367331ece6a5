// tile.h -- one candidate digit as the network sees it. Shared by the stages that make tiles and the engines that read
// them, so it depends on nothing.
#pragma once

#include <array>
#include <cstdint>

namespace chiffre {

inline constexpr int kTileSide = 32;                      // pixels
inline constexpr int kTileBytes = kTileSide * kTileSide;  // 1,024

// Row-major ink: 0 = paper, 255 = full ink. A digit stands in MNIST's frame: longer side 20 px, centre of mass at the
// middle of 28x28, padded by 2 px on every side.
struct Tile {
    std::array<std::uint8_t, kTileBytes> ink{};
};
static_assert(sizeof(Tile) == kTileBytes, "tiles are handed to engines as plain bytes");

}  // namespace chiffre
