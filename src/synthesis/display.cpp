// display.cpp -- a segment is a bar with six corners; its ends are cut between square and pointed.
#include "synthesis/display.h"

#include <array>
#include <cmath>

#include "training/segments.h"

namespace chiffre::synthesis {

namespace {

// Where a segment runs: its two joints (column 0 or 1, row 0, 1 or 2 of the figure).
struct Course {
    int from_column, from_row, to_column, to_row;
};
constexpr std::array<Course, 7> kCourses{
    {{0, 0, 1, 0}, {1, 0, 1, 1}, {1, 1, 1, 2}, {0, 2, 1, 2}, {0, 1, 0, 2}, {0, 0, 0, 1}, {0, 1, 1, 1}}};

cv::Point2f lean(cv::Point2f p, const DisplayStyle& style) {
    return {p.x + style.lean * (1 - p.y), p.y};
}

Shape segments_shape(unsigned lit, const DisplayStyle& style) {
    Shape shape;
    const float half = style.thickness / 2;
    const auto joint = [&](int column, int row) {
        return cv::Point2f(half + static_cast<float>(column) * (style.width - style.thickness),
                           half + static_cast<float>(row) * 0.5f * (1 - style.thickness));
    };
    for (std::size_t s = 0; s < kCourses.size(); ++s) {
        if (!(lit >> s & 1)) continue;
        const Course& course = kCourses[s];
        const cv::Point2f from = joint(course.from_column, course.from_row),
                          to = joint(course.to_column, course.to_row);
        const cv::Point2f whole = to - from, along = whole / std::hypot(whole.x, whole.y), across(-along.y, along.x);
        // A pointed end reaches to the joint, less the gap. Square level segments go on to the figure's edge, and the
        // upright ones stand between them.
        const bool level = course.from_row == course.to_row, square = style.point == 0;
        const float shoulder = square && level ? -half : 0.7f * style.gap + half, tip = shoulder - style.point * half;
        Outline outline;
        for (const cv::Point2f p :
             {from + tip * along, from + shoulder * along + half * across, to - shoulder * along + half * across,
              to - tip * along, to - shoulder * along - half * across, from + shoulder * along - half * across})
            outline.push_back(lean(p, style));
        shape.outlines.push_back(std::move(outline));
    }
    return shape;
}

// A lit square.
void add_dot(Shape& shape, cv::Point2f centre, const DisplayStyle& style) {
    const float half = 0.55f * style.thickness;
    Outline outline;
    for (const cv::Point2f corner : {cv::Point2f(-half, -half), {half, -half}, {half, half}, {-half, half}})
        outline.push_back(lean(centre + corner, style));
    shape.outlines.push_back(std::move(outline));
}

unsigned lit_for(int digit, const DisplayStyle& style) {
    return style.variant ? training::segments::variant_of(digit)
                         : training::segments::kDigits[static_cast<std::size_t>(digit)];
}

}  // namespace

DisplayStyle draw_display_style(Random& random) {
    DisplayStyle style;
    style.width = random.uniform(0.46f, 0.6f);
    style.thickness = random.uniform(0.085f, 0.15f);
    style.gap = random.uniform(0.015f, 0.045f);
    style.point = random.chance(0.7f) ? random.uniform(0.75f, 1.0f) : 0;
    style.lean = random.chance(0.5f) ? random.uniform(0.05f, 0.17f) : 0;
    style.pitch = style.width + random.uniform(0.14f, 0.3f);
    style.variant = random.chance(0.25f);
    return style;
}

Shape display_figure(char character, const DisplayStyle& style) {
    Shape shape;
    if (character >= '0' && character <= '9') return segments_shape(lit_for(character - '0', style), style);
    if (character == '-') return segments_shape(training::segments::g, style);
    const float x = 0.5f * display_advance(character, style) - 0.5f * (style.pitch - style.width);
    if (character == '.') add_dot(shape, {x, 1 - 0.55f * style.thickness}, style);
    if (character == ':')
        for (const float y : {0.3f, 0.7f}) add_dot(shape, {x, y}, style);
    return shape;
}

Shape unlit_segments(int digit, const DisplayStyle& style) {
    return segments_shape(~lit_for(digit, style) & 127u, style);
}

float display_advance(char character, const DisplayStyle& style) {
    const float dot = 2.2f * style.thickness + (style.pitch - style.width);
    return character == ':' || character == '.' ? dot : style.pitch;
}

}  // namespace chiffre::synthesis
