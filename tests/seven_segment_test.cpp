// seven_segment_test.cpp -- what the drawn displays are like: whole in their ink, each figure another pattern, as
// various as makers are.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "training/outline.h"
#include "training/seven_segment.h"

namespace chiffre::training {
namespace {

constexpr int kMiddle = kGlyphSide / 2;

int ink_at(const Glyph& glyph, int x, int y) {
    return glyph.ink[y * kGlyphSide + x];
}

TEST(Line, IsFullyInkedInsideWhateverItsEnds) {
    for (const LineEnd end : {LineEnd::round, LineEnd::square, LineEnd::pointed}) {
        Glyph glyph;
        draw_line(glyph, {8, 24}, {40, 24}, 8, end);
        EXPECT_EQ(ink_at(glyph, 24, 24), 255) << static_cast<int>(end);
        EXPECT_EQ(ink_at(glyph, 24, 22), 255) << static_cast<int>(end);
        EXPECT_EQ(ink_at(glyph, 24, 32), 0) << static_cast<int>(end);
        EXPECT_EQ(ink_at(glyph, 46, 24), 0) << static_cast<int>(end);
    }
    Glyph square;
    draw_line(square, {8, 24}, {40, 24}, 8, LineEnd::square);
    EXPECT_EQ(ink_at(square, 9, 21), 255);  // up to its corners
    EXPECT_EQ(ink_at(square, 6, 24), 0);
}

TEST(SevenSegments, AreFullyInked) {
    for (std::uint32_t i = 0; i < 500; ++i) {
        Random random(7, Stream::glyphs, 0, i);
        const Glyph glyph = draw_display_digit(random, static_cast<int>(i % 10));
        EXPECT_GT(*std::max_element(glyph.ink.begin(), glyph.ink.end()), 190) << i;
    }
}

struct One {
    int gap = 0;               // rows without ink between the bars
    int thickness = 0;         // columns of ink, most of any row
    bool mitred = false;       // the right edge is clearly longer than the left one
    int upper = 0, lower = 0;  // rows of the bars
};

One look_at(const Glyph& glyph) {
    constexpr int kInk = 128;
    One one;
    std::array<int, kGlyphSide> left{}, right{}, ink{};
    for (int y = 0; y < kGlyphSide; ++y) {
        for (int x = 0; x < kGlyphSide; ++x)
            if (ink_at(glyph, x, y) >= kInk) {
                if (ink[y]++ == 0) left[y] = x;
                right[y] = x;
            }
        one.thickness = std::max(one.thickness, ink[y]);
    }
    int top = 0, bottom = kGlyphSide - 1;
    while (top < kGlyphSide && !ink[top]) ++top;
    while (bottom >= 0 && !ink[bottom]) --bottom;
    for (int y = top; y <= bottom; ++y) {
        one.gap += !ink[y];
        (y < kMiddle ? one.upper : one.lower) += ink[y] > 0;
    }
    // Upright ones alone: their right edge stays where it is while the left one steps in.
    one.mitred = top < bottom && right[top] == right[kMiddle / 2 + 4] && left[top] >= left[kMiddle / 2 + 4] + 3;
    return one;
}

TEST(SevenSegments, OnesAreAsVariousAsDisplays) {
    int wide = 0, closed = 0, thin = 0, thick = 0, mitred = 0;
    constexpr int kOnes = 1'000;
    for (std::uint32_t i = 0; i < kOnes; ++i) {
        Random random(7, Stream::glyphs, 1, i);
        const One one = look_at(draw_display_digit(random, 1));
        wide += one.gap >= 4;
        closed += one.gap == 0;
        thin += one.thickness <= 3;
        thick += one.thickness >= 8;
        mitred += one.mitred;
        // Two bars, never two dots: those are a colon.
        EXPECT_GT(std::min(one.upper, one.lower), 9) << i;
    }
    for (const int count : {wide, closed, thin, thick, mitred}) EXPECT_GT(count, kOnes / 20);
}

}  // namespace
}  // namespace chiffre::training
