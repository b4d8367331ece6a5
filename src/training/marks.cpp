// marks.cpp -- one small function per kind of mark, in glyph pixels.
#include "marks.h"

#include <array>
#include <numbers>

#include "outline.h"
#include "seven_segment.h"

namespace chiffre::training {
namespace {

constexpr float kMiddle = 0.5f * (kGlyphSide - 1);
constexpr float kReach = 0.5f * kGlyphLongSide;  // from the middle
constexpr float kDegree = std::numbers::pi_v<float> / 180;

Point around(float angle_deg, float radius, Point centre = {kMiddle, kMiddle}) {
    return {centre.x + radius * std::cos(angle_deg * kDegree), centre.y + radius * std::sin(angle_deg * kDegree)};
}

float pen_width(Random& random) {
    return random.uniform(1.5f, 8.0f);
}

void line(Random& random, Glyph& glyph, Point from, Point to, float width) {
    draw_line(glyph, from, to, width, random.chance(0.7f) ? LineEnd::round : LineEnd::square);
}

// A straight line through the middle, at most 20 degrees from level: steeper ones, once bent, may be a 1.
void dash(Random& random, Glyph& glyph) {
    const float angle = random.symmetric(20), width = random.uniform(1.5f, 12.0f);
    line(random, glyph, around(angle, kReach - 2), around(angle + 180, kReach - 2), width);
}

void several_dashes(Random& random, Glyph& glyph) {
    const int count = 2 + random.below(2);
    const float angle = random.symmetric(20), width = random.uniform(1.5f, 5.0f), apart = random.uniform(7.0f, 12.0f);
    for (int i = 0; i < count; ++i) {
        const float y = kMiddle + apart * (static_cast<float>(i) - 0.5f * static_cast<float>(count - 1));
        line(random, glyph, around(angle, kReach - 4, {kMiddle, y}), around(angle + 180, kReach - 4, {kMiddle, y}),
             width);
    }
}

// Plus, cross, star: two to four lines through nearly one point.
void cross(Random& random, Glyph& glyph) {
    const int lines = 2 + (random.chance(0.25f) ? 1 + random.below(2) : 0);
    const float start = random.uniform(0.0f, 180.0f), width = random.uniform(1.5f, 6.0f);
    for (int i = 0; i < lines; ++i) {
        const float angle = start + static_cast<float>(i * 180) / static_cast<float>(lines) + random.symmetric(12);
        const Point centre{kMiddle + random.symmetric(3), kMiddle + random.symmetric(3)};
        const float reach = random.uniform(12.0f, 19.0f);
        line(random, glyph, around(angle, reach, centre), around(angle + 180, reach, centre), width);
    }
}

// Two lines of similar length that meet: L, V, Gamma, a tick. Not the corner of a 7, level on top and falling on the
// right, nor a caret that could be a 1 with its flag.
void corner(Random& random, Glyph& glyph) {
    constexpr std::array<float, 4> kFirst_deg{-90, -90, 90, -60};  // directions from the corner
    constexpr std::array<float, 4> kSecond_deg{0, 180, 0, -125};
    const int kind = random.below(static_cast<int>(kFirst_deg.size()));
    const float width = pen_width(random), turn = random.symmetric(10);
    const Point tip{kMiddle, kMiddle};
    line(random, glyph, tip, around(kFirst_deg[kind] + turn, random.uniform(14, 20)), width);
    line(random, glyph, tip, around(kSecond_deg[kind] + turn, random.uniform(14, 20)), width);
}

// 100 to 230 degrees of a circle: brackets, cups, hooks.
void arc(Random& random, Glyph& glyph) {
    const float sweep = random.uniform(100, 230), start = random.uniform(0, 360), width = pen_width(random);
    const float radius_x = random.uniform(11, 18), radius_y = random.uniform(11, 18);
    constexpr int kSteps = 16;
    Point last{};
    for (int i = 0; i <= kSteps; ++i) {
        const float angle = (start + sweep * static_cast<float>(i) / kSteps) * kDegree;
        const Point next{kMiddle + radius_x * std::cos(angle), kMiddle + radius_y * std::sin(angle)};
        if (i > 0) draw_line(glyph, last, next, width, LineEnd::round);
        last = next;
    }
}

// A full stop as the frame enlarges it, or a smudge: a few overlapping discs.
void blob(Random& random, Glyph& glyph) {
    const int discs = random.chance(0.5f) ? 1 : 2 + random.below(4);
    for (int i = 0; i < discs; ++i) {
        const Point centre{kMiddle + random.symmetric(discs > 1 ? 8 : 2),
                           kMiddle + random.symmetric(discs > 1 ? 8 : 2)};
        const Point end{centre.x + random.symmetric(3), centre.y + random.symmetric(3)};
        draw_line(glyph, centre, end, random.uniform(14, 26), LineEnd::round);
    }
}

// A line that turns at random so often that it makes no digit, save by rare chance.
void scribble(Random& random, Glyph& glyph) {
    const int turns = 9 + random.below(8);
    const float width = random.uniform(1.5f, 5.0f);
    Point last{kMiddle + random.symmetric(18), kMiddle + random.symmetric(18)};
    for (int i = 0; i < turns; ++i) {
        const Point next{kMiddle + random.symmetric(18), kMiddle + random.symmetric(18)};
        draw_line(glyph, last, next, width, LineEnd::round);
        last = next;
    }
}

// Ruled lines that cross, a table, a fence. Fewer upright lines could be the stems of a 7 or a 4.
void fence(Random& random, Glyph& glyph) {
    const float width = random.uniform(1.5f, 4.0f);
    const int level = 1 + random.below(2), upright = (level == 1 ? 3 : 2) + random.below(2);
    for (int i = 0; i < upright + level; ++i) {
        const float place = kMiddle + random.symmetric(16), low = kMiddle - random.uniform(10, 20);
        const float high = kMiddle + random.uniform(10, 20);
        if (i < upright)
            draw_line(glyph, {place, low}, {place, high}, width, LineEnd::square);
        else
            draw_line(glyph, {kMiddle - 20, place}, {kMiddle + 20, place}, width, LineEnd::square);
    }
}

}  // namespace

Glyph draw_mark(Random& random) {
    constexpr std::array kKinds{dash, several_dashes, cross, corner, arc, blob, scribble, fence};
    const int kind = random.below(static_cast<int>(kKinds.size()) + 1);
    if (kind == static_cast<int>(kKinds.size())) return draw_display_mark(random);
    Glyph glyph;
    kKinds[kind](random, glyph);
    return to_glyph(glyph.view());
}

}  // namespace chiffre::training
