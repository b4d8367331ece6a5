// frames.cpp -- frames stay clear of the digits and within the white between two rows.
#include "synthesis/frames.h"

#include <cmath>
#include <numbers>

namespace chiffre::synthesis {

namespace {

cv::Rect2f box_of(const WrittenRow& row) {
    cv::Rect2f box;
    for (const WrittenDigit& written : row) box |= ink_box(written.shape);
    return box;
}

Stroke underline(const cv::Rect2f& box, float radius, Random& own) {
    const float y = box.br().y + own.uniform(0.09f, 0.16f), rise = own.symmetric(0.03f);
    return line_stroke({box.x - own.uniform(0.0f, 0.3f), y + rise}, {box.br().x + own.uniform(0.0f, 0.3f), y - rise},
                       radius);
}

// Closed by hand: the end runs past the start a little. Between an ellipse and a rectangle, so that it needs no more
// room than there is.
Stroke loop(const cv::Rect2f& box, float radius, Random& own) {
    constexpr int kSteps = 72;
    constexpr float kRoundness = 0.5f;  // exponent: 1 is an ellipse, 0 a rectangle
    const cv::Point2f centre = (box.tl() + box.br()) / 2;
    const float a = 0.57f * box.width + own.uniform(0.08f, 0.2f), b = 0.57f * box.height + own.uniform(0.05f, 0.09f);
    const float start = own.uniform(0, 6.28f), overshoot = own.uniform(-0.15f, 0.4f), spiral = own.uniform(0.0f, 0.03f);
    Stroke stroke;
    for (int i = 0; i <= kSteps; ++i) {
        const float turn = static_cast<float>(i) / kSteps;
        const float angle = start + turn * (2 * std::numbers::pi_v<float> + overshoot);
        const auto flat = [](float value) { return std::copysign(std::pow(std::abs(value), kRoundness), value); };
        const float grown = 1 + spiral * turn;
        stroke.push_back(
            {centre.x + grown * a * flat(std::cos(angle)), centre.y + grown * b * flat(std::sin(angle)), radius});
    }
    return stroke;
}

Shape rectangle(const cv::Rect2f& box, float radius, Random& own) {
    const float x = own.uniform(0.15f, 0.3f), y = own.uniform(0.1f, 0.15f);
    const auto corner = [&](float at_x, float at_y) {
        return cv::Point2f(at_x + own.symmetric(0.03f), at_y + own.symmetric(0.02f));
    };
    const cv::Point2f a = corner(box.x - x, box.y - y), b = corner(box.br().x + x, box.y - y),
                      c = corner(box.br().x + x, box.br().y + y), d = corner(box.x - x, box.br().y + y);
    return {
        {line_stroke(a, b, radius), line_stroke(b, c, radius), line_stroke(c, d, radius), line_stroke(d, a, radius)},
        {}};
}

}  // namespace

void add_frames(Layout& layout, float pen_width, Random own) {
    constexpr float kChance = 0.35f;
    const auto certain = static_cast<std::size_t>(own.below(static_cast<int>(layout.rows.size())));
    for (std::size_t r = 0; r < layout.rows.size(); ++r) {
        if (r != certain && !own.chance(kChance)) continue;
        const cv::Rect2f box = box_of(layout.rows[r]);
        const float radius = 0.5f * pen_width;
        switch (own.below(3)) {
            case 0:
                layout.marks.push_back({{underline(box, radius, own)}, {}});
                break;
            case 1:
                layout.marks.push_back({{loop(box, radius, own)}, {}});
                break;
            default:
                layout.marks.push_back(rectangle(box, radius, own));
        }
        layout.box |= ink_box(layout.marks.back());
    }
}

}  // namespace chiffre::synthesis
