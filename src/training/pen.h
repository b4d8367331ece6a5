// pen.h -- strokes of any width from a field that says how near the middle line of the strokes is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "host_device.h"

namespace chiffre::training {

// A field is 255 on the middle line and this much less for every glyph pixel away from it.
inline constexpr int kFieldPerPx = 16;

// The ink of a pen `width_px` glyph pixels wide where the field is `nearness`.
CHIFFRE_HOST_DEVICE inline std::uint8_t pen_ink(int nearness, float width_px) {
    const float distance_px = static_cast<float>(255 - nearness) / kFieldPerPx;
    // A pixel at the edge is half covered; a line thinner than a pixel covers none in full.
    const float inside = 0.5f * width_px + 0.5f - distance_px, most = std::min(width_px, 1.0f);
    return static_cast<std::uint8_t>(lroundf(255 * std::min(std::max(inside, 0.0f), most)));
}

}  // namespace chiffre::training
