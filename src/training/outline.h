// outline.h -- draws thick lines into a glyph: what seven-segment figures and marks are made of.
#pragma once

#include <algorithm>
#include <cmath>

#include "glyphs.h"

namespace chiffre::training {

struct Point {
    float x = 0, y = 0;
};

enum class LineEnd { round, square, pointed };

// Adds the line from `a` to `b`, in glyph pixels; what is there already stays.
inline void draw_line(Glyph& glyph, Point a, Point b, float width_px, LineEnd end) {
    const float dx = b.x - a.x, dy = b.y - a.y, length = std::max(std::hypot(dx, dy), 1e-3f);
    for (int y = 0; y < kGlyphSide; ++y)
        for (int x = 0; x < kGlyphSide; ++x) {
            const float px = static_cast<float>(x) - a.x, py = static_cast<float>(y) - a.y;
            const float along = (px * dx + py * dy) / length, across = std::abs(px * dy - py * dx) / length;
            const float beyond = std::max(-along, along - length);  // negative between the ends
            float outside = 0;  // distance from the edge of the line, negative inside
            switch (end) {
                case LineEnd::round:
                    outside = std::hypot(across, std::max(beyond, 0.0f)) - 0.5f * width_px;
                    break;
                case LineEnd::square:
                    outside = std::max(across - 0.5f * width_px, beyond);
                    break;
                // The line narrows at 45 degrees towards both of its ends.
                case LineEnd::pointed:
                    outside = std::max(across - 0.5f * width_px, across - std::min(along, length - along));
                    break;
            }
            const float covered = std::clamp(0.5f - outside, 0.0f, 1.0f);
            std::uint8_t& ink = glyph.ink[y * kGlyphSide + x];
            ink = std::max(ink, static_cast<std::uint8_t>(std::lround(255 * covered)));
        }
}

}  // namespace chiffre::training
