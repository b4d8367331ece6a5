// glyphs.h -- the shapes that photo training starts from: larger than a tile, so that they can be bent and then framed
// once. Made once per run and kept in memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "frame.h"
#include "pen.h"
#include "random.h"
#include "tile.h"

namespace chiffre::training {

inline constexpr int kGlyphSide = 48;      // px
inline constexpr int kGlyphLongSide = 40;  // px of the shape in it: twice the frame's
inline constexpr int kGlyphPixelsPerPx = kGlyphLongSide / 20;

struct Glyph {
    std::array<std::uint8_t, kGlyphSide * kGlyphSide> ink{};
    Grey view() const { return {ink.data(), kGlyphSide, kGlyphSide, kGlyphSide}; }
};

struct LabelledGlyphs {
    std::vector<Glyph> glyphs;
    std::vector<std::uint8_t> labels;
    int size() const { return static_cast<int>(glyphs.size()); }
    void add(const Glyph& glyph, int label) {
        glyphs.push_back(glyph);
        labels.push_back(static_cast<std::uint8_t>(label));
    }
};

// The ink of a picture of any size up to kMaxResize: longer side kGlyphLongSide, in the middle. Empty where there is
// none.
Glyph to_glyph(const Grey& picture);

// How near the middle line of the strokes is (pen.h). Bends like ink does, and then gives a stroke of any width.
Glyph pen_field(const Glyph& glyph);

// Turns a field of `n` pixels, bent or not, into the ink of a pen `width_px` glyph pixels wide.
void draw_with_pen(std::uint8_t* field, int n, float width_px);

// How well a field stands for the glyph it was made of, 0..1: the overlap (Dice) of the glyph's ink with that of a pen
// of its mean width. Low where strokes have run together, so that their middle line is no longer the digit.
float pen_likeness(const Glyph& glyph, const Glyph& field);

// Two digits side by side, `gap_px` (negative: overlapping) tile pixels apart: no digit.
Glyph pair_of(const Tile& left, const Tile& right, int gap_px);

// Which halves of a digit are no digit: those of a 0, and the upper one of a 5. All others were looked at and left out
// because too many are digits, or nearly: the left half of a 0 is a 6 or a 1, its right half a 7, the left half of an 8
// a 6, the upper half of a 9 a 0, the lower half of a 2 a 0, ...
enum class Half { upper, lower };
bool is_no_digit(int digit, Half half);

// The part of the tile on that side of its centre of mass, moved by `shift_px`.
Glyph half_of(const Tile& tile, Half half, int shift_px);

}  // namespace chiffre::training
