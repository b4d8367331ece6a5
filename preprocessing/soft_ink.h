// soft_ink.h -- how dark a pixel of a tile is by its ink strength: the edge of the mask lies in the middle of the two.
#pragma once

#include <algorithm>

namespace chiffre {

inline constexpr int kPaperBelow = 40, kInkAbove = 190;  // strength: paper, full ink

// 0..255.
constexpr int soft_ink(int strength) {
    return std::min(std::max(255 * (strength - kPaperBelow) / (kInkAbove - kPaperBelow), 0), 255);
}

}  // namespace chiffre
