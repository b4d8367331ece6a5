// seven_segment.cpp -- segments are named as in data sheets: a top, then clockwise b c d e f, g in the middle.
#include "seven_segment.h"

#include <array>

#include "outline.h"

namespace chiffre::training {
namespace {

enum Segment : unsigned { a = 1, b = 2, c = 4, d = 8, e = 16, f = 32, g = 64 };

constexpr std::array<unsigned, 10> kDigits{
    a | b | c | d | e | f, b | c,     a | b | d | e | g,         a | b | c | d | g,    b | c | f | g, a | c | d | f | g,
    a | c | d | e | f | g, a | b | c, a | b | c | d | e | f | g, a | b | c | d | f | g};

// No digit in either form: A C E F H L P U n t, a dash, two and three dashes. Not b (a 6 without its top), S, O, I, q.
constexpr std::array<unsigned, 13> kMarks{a | b | c | e | f | g,
                                          a | d | e | f,
                                          a | d | e | f | g,
                                          a | e | f | g,
                                          b | c | e | f | g,
                                          d | e | f,
                                          a | b | e | f | g,
                                          b | c | d | e | f,
                                          c | e | g,
                                          d | e | f | g,
                                          g,
                                          a | d,
                                          a | d | g};

// The forms without the last segment: 6 without a, 7 with f, 9 without d.
unsigned variant_of(int digit) {
    switch (digit) {
        case 6:
            return kDigits[6] & ~a;
        case 7:
            return kDigits[7] | f;
        case 9:
            return kDigits[9] & ~d;
        default:
            return kDigits[digit];
    }
}

// Which of the four corners and two middles each segment joins: 0 1 / 2 3 / 4 5, left to right, top to bottom.
constexpr std::array<std::array<int, 2>, 7> kEnds{{{0, 1}, {1, 3}, {3, 5}, {4, 5}, {2, 4}, {0, 2}, {2, 3}}};

Glyph draw(Random& random, unsigned segments) {
    const float height = 40, width = height * random.uniform(0.42f, 0.66f);
    const float thickness = height * random.uniform(0.07f, 0.19f);
    const float gap = random.chance(0.25f) ? 0.0f : thickness * random.uniform(0.0f, 0.45f);
    const float slant = random.chance(0.4f) ? 0.0f : random.uniform(0.0f, 0.22f);
    const auto end = static_cast<LineEnd>(random.below(3));
    const bool split = random.chance(0.15f);  // the middle bar, as on displays of 14 segments

    std::array<Point, 6> corners;
    for (int i = 0; i < 6; ++i) {
        const float x = (i % 2 ? 0.5f : -0.5f) * (width - thickness);
        const int row = i / 2;
        const float y = static_cast<float>(row - 1) * 0.5f * (height - thickness);
        const float middle = 0.5f * (kGlyphSide - 1);
        corners[i] = {middle + x - slant * y, middle + y};
    }
    Glyph glyph;
    const auto light = [&](Point from, Point to) {
        const float share = gap / std::hypot(to.x - from.x, to.y - from.y);
        const Point step{share * (to.x - from.x), share * (to.y - from.y)};
        draw_line(glyph, {from.x + step.x, from.y + step.y}, {to.x - step.x, to.y - step.y}, thickness, end);
    };
    for (int s = 0; s < 7; ++s) {
        if (!(segments >> s & 1)) continue;
        const Point from = corners[kEnds[s][0]], to = corners[kEnds[s][1]];
        const Point middle{0.5f * (from.x + to.x), 0.5f * (from.y + to.y)};
        if (1u << s == g && split) {
            light(from, middle);
            light(middle, to);
        } else {
            light(from, to);
        }
    }
    return to_glyph(glyph.view());
}

}  // namespace

Glyph draw_display_digit(Random& random, int digit) {
    return draw(random, random.chance(0.3f) ? variant_of(digit) : kDigits[digit]);
}

Glyph draw_display_mark(Random& random) {
    return draw(random, kMarks[random.below(static_cast<int>(kMarks.size()))]);
}

}  // namespace chiffre::training
