// seven_segment.cpp -- segments are named as in data sheets: a top, then clockwise b c d e f, g in the middle.
#include "seven_segment.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "outline.h"
#include "segments.h"

namespace chiffre::training {
namespace {

using namespace segments;

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

// Which of the four corners and two middles each segment joins: 0 1 / 2 3 / 4 5, left to right, top to bottom. On the
// way, the figure's outer edge is on the right (1) or on the left (-1); g has none.
struct Course {
    int from, to, outer;
};
constexpr std::array<Course, 7> kCourses{
    {{0, 1, -1}, {1, 3, -1}, {3, 5, -1}, {4, 5, 1}, {2, 4, 1}, {0, 2, 1}, {2, 3, 0}}};

// Ends are of four kinds. Mitred: cut off slantwise, so that the outer edge is the longer one.
enum class Cut { round, square, pointed, mitred };

// What one maker's display looks like, in glyph pixels.
struct Style {
    float height = 40, width = 20;
    float upright = 4, level = 4;  // thickness of the bars
    float gap = 0;                 // that a bar stays away from where its line meets the next one's
    float middle_gap = 0;          // the same of g and of what stands on it
    float slope = 1;
    float lean = 0;
    Cut corner = Cut::round, middle = Cut::round;
    bool between = false;  // square corners: upright bars stand between the level ones, which go on to the edge
    bool split = false;    // the middle bar, as on displays of 14 segments
};

// Wide gaps leave bars and no dots: those of a 1 would be a colon.
float widest_gap(const Style& style) {
    constexpr float kLeastLength = 1.6f;  // of a bar, in thicknesses
    const float upright = 0.5f * (style.height - style.level) - kLeastLength * style.upright;
    const float level = style.width - style.upright - kLeastLength * style.level;
    return std::clamp(0.5f * std::min(upright, level), 0.0f, 0.09f * style.height);
}

Style draw_style(Random& random) {
    Style style;
    style.width = style.height * random.uniform(0.42f, 0.66f);
    style.upright = style.height * random.uniform(0.05f, 0.19f);
    style.level = style.upright * random.uniform(0.8f, 1.1f);
    const float widest = widest_gap(style);
    style.gap = random.chance(0.2f) ? 0.0f : widest * random.uniform() * random.uniform();
    style.middle_gap = random.chance(0.5f) ? style.gap : widest * random.uniform();
    style.slope = random.chance(0.5f) ? 1.0f : random.uniform(0.3f, 1.2f);
    style.lean = random.chance(0.4f) ? 0.0f : random.uniform(0.0f, 0.25f);
    // Either the same at all ends, or mitred corners with any middle.
    constexpr std::array kAlike{Cut::round, Cut::square, Cut::pointed};
    style.corner = style.middle = kAlike[random.below(static_cast<int>(kAlike.size()))];
    if (random.chance(0.4f)) {
        constexpr std::array kMiddles{Cut::square, Cut::pointed, Cut::mitred};
        style.corner = Cut::mitred;
        style.middle = kMiddles[random.below(static_cast<int>(kMiddles.size()))];
    }
    style.between = random.chance(0.5f);
    style.split = random.chance(0.15f);
    if (style.split) style.middle_gap *= 0.3f;  // half a bar is short
    return style;
}

struct End {
    Cut cut = Cut::round;
    float gap = 0;
    float slope = 1;  // of pointed and mitred ends: 1 is 45 degrees
};

// How far outside a bar's end a point is that lies `along` from the end's joint into the bar, `across` from its middle
// line and `outward` towards the figure's outer edge.
float beyond(const End& end, float thickness, float along, float across, float outward) {
    const float steep = std::hypot(1.0f, end.slope);
    switch (end.cut) {
        case Cut::round: {
            const float centre = end.gap + 0.5f * thickness;
            return along < centre ? std::hypot(centre - along, across) - 0.5f * thickness : -thickness;
        }
        case Cut::square:
            return end.gap - along;
        case Cut::pointed:
            return (end.gap - along + end.slope * across) / steep;
        case Cut::mitred:
            return (end.gap - along - end.slope * outward) / steep;
    }
    return 0;
}

struct Bar {
    Point from, to;
    float thickness, outer;
    End from_end, to_end;
};

End end_at(const Style& style, int joint, bool level) {
    const bool corner = joint / 2 != 1;
    End end{corner ? style.corner : style.middle, corner ? style.gap : style.middle_gap, style.slope};
    if (corner && end.cut == Cut::square && style.between)
        end.gap = level ? -0.5f * style.upright : end.gap + 0.5f * style.level;
    // At corners a mitre goes through the joint; in the middle only the outer edge comes near it, and half as steeply,
    // because the middle bar needs only half its thickness.
    if (!corner && end.cut == Cut::mitred) {
        end.slope *= 0.5f;
        end.gap += level ? 0.0f : 0.5f * end.slope * style.upright;
    }
    return end;
}

void light(Glyph& glyph, float lean, const Bar& bar) {
    const float dx = bar.to.x - bar.from.x, dy = bar.to.y - bar.from.y, length = std::hypot(dx, dy);
    constexpr float kMiddle = 0.5f * (kGlyphSide - 1);
    for (int row = 0; row < kGlyphSide; ++row)
        for (int column = 0; column < kGlyphSide; ++column) {
            // The figure stands upright around 0 and is leant when it is looked up.
            const float y = static_cast<float>(row) - kMiddle;
            const float x = static_cast<float>(column) - kMiddle + lean * y;
            const float px = x - bar.from.x, py = y - bar.from.y;
            const float along = (px * dx + py * dy) / length, right = (py * dx - px * dy) / length;
            const float across = std::abs(right), outward = bar.outer * right, thickness = bar.thickness;
            const float outside =
                std::max({across - 0.5f * thickness, beyond(bar.from_end, thickness, along, across, outward),
                          beyond(bar.to_end, thickness, length - along, across, outward)});
            const float covered = std::clamp(0.5f - outside, 0.0f, 1.0f);
            std::uint8_t& ink = glyph.ink[row * kGlyphSide + column];
            ink = std::max(ink, static_cast<std::uint8_t>(std::lround(255 * covered)));
        }
}

Glyph draw(Random& random, unsigned segments) {
    const Style style = draw_style(random);
    std::array<Point, 6> joints;
    for (int i = 0; i < 6; ++i)
        joints[i] = {(i % 2 ? 0.5f : -0.5f) * (style.width - style.upright),
                     static_cast<float>(i / 2 - 1) * 0.5f * (style.height - style.level)};
    Glyph glyph;
    for (int s = 0; s < 7; ++s) {
        if (!(segments >> s & 1)) continue;
        const auto [from, to, outer] = kCourses[s];
        const bool level = from / 2 == to / 2;
        Bar bar{joints[from],
                joints[to],
                level ? style.level : style.upright,
                static_cast<float>(outer),
                end_at(style, from, level),
                end_at(style, to, level)};
        if (1u << s == g && style.split) {
            const Point middle{0.5f * (bar.from.x + bar.to.x), 0.5f * (bar.from.y + bar.to.y)};
            Bar right = bar;
            bar.to = right.from = middle;
            light(glyph, style.lean, right);
        }
        light(glyph, style.lean, bar);
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
