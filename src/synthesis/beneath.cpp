// beneath.cpp -- each layer has one colour; the lowest comes first.
#include "synthesis/beneath.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "synthesis/materials.h"
#include "synthesis/texts.h"

namespace chiffre::synthesis {

namespace {

constexpr float kLeastLine_px = 0.45f;  // half the breadth of a line that a photograph still shows
// Where in the numbers of a table or a display those of its layers begin; the layout draws those before.
constexpr std::uint32_t kLineColourDraws = 1 << 20, kUnlitDraws = 192;

constexpr float kPi = std::numbers::pi_v<float>;

Shape mirrored(Shape shape) {
    for (Stroke& stroke : shape.strokes)
        for (PenPoint& p : stroke) p.x = -p.x;
    return shape;
}

// Digits and words of another hand, mirrored, over much of what is seen.
void add_bleed(Scene& scene, const Effects& has) {
    Random own = has.numbers(Effect::bleed);
    Hand hand = draw_hand(own);
    const Script script = hand_script(hand);
    Layer layer;
    layer.colour = draw_ink_colour(own);
    layer.density = own.uniform(0.06f, 0.24f);
    layer.blur_px = scene.digit_px * own.uniform(0.012f, 0.04f);
    const float scale = scene.digit_px * own.uniform(0.8f, 1.3f), pitch = scale * own.uniform(1.5f, 2.2f);
    const float w = static_cast<float>(scene.width), h = static_cast<float>(scene.height);
    const float start = own.symmetric(0.5f) * w;
    for (float y = -0.5f * h + pitch * own.uniform(); y < 0.5f * h - scale; y += pitch) {
        std::string text = draw_word(own);
        while (text.size() < 14 && own.chance(0.8f)) text += ' ' + std::to_string(own.below(1000));
        LaidRow row = draw_row(text, 0, script, Joining::none, own, own);
        for (WrittenDigit& written : row.digits) row.marks.push_back(std::move(written.shape));
        for (Shape& mark : row.marks)
            layer.shapes.push_back(
                project(placed(mirrored(std::move(mark)), scale, {0.5f * w + start, y}), scene.camera));
    }
    scene.beneath.push_back(std::move(layer));
}

// A ring of a cup, and drops or finger marks.
void add_stains(Scene& scene, const Effects& has) {
    Random own = has.numbers(Effect::stains);
    const float side = static_cast<float>(std::min(scene.width, scene.height));
    constexpr Colour kCoffee{120, 84, 50}, kGrime{120, 116, 108};
    const auto anywhere = [&] {
        return cv::Point2f(own.uniform() * static_cast<float>(scene.width),
                           own.uniform() * static_cast<float>(scene.height));
    };
    for (int stains = 1 + own.below(3); stains > 0; --stains) {
        Layer layer;
        layer.colour = varied(own.chance(0.6f) ? kCoffee : kGrime, 15, own);
        const cv::Point2f centre = anywhere();
        if (own.chance(0.4f)) {
            const float radius = side * own.uniform(0.12f, 0.3f), breadth = radius * own.uniform(0.02f, 0.06f);
            const float from = own.uniform(0, 2 * kPi), sweep = own.uniform(3.5f, 6.28f);
            constexpr int kSteps = 64;
            Stroke ring;
            for (int i = 0; i <= kSteps; ++i) {
                const float angle = from + sweep * static_cast<float>(i) / kSteps;
                const float thick = breadth * (0.7f + 0.3f * std::sin(3 * angle + from));
                ring.push_back({centre.x + radius * std::cos(angle), centre.y + radius * std::sin(angle), thick});
            }
            layer.shapes.push_back({{ring}, {}});
            layer.density = own.uniform(0.12f, 0.4f);
            layer.blur_px = breadth * 0.5f;
        } else {
            const float size = side * own.uniform(0.015f, 0.09f);
            Stroke blot;
            for (int i = 3 + own.below(3); i > 0; --i)
                blot.push_back({centre.x + own.symmetric(0.7f * size), centre.y + own.symmetric(0.7f * size),
                                size * own.uniform(0.5f, 1.0f)});
            layer.shapes.push_back({{blot}, {}});
            layer.density = own.uniform(0.06f, 0.25f);
            layer.blur_px = size * own.uniform(0.08f, 0.5f);
        }
        scene.beneath.push_back(std::move(layer));
    }
}

// A word between two lines or in a box, in one colour, askew, unevenly inked.
void add_stamp(Scene& scene, const Effects& has) {
    Random own = has.numbers(Effect::stamp);
    Hand hand;  // as even as type
    hand.habit = hand.jitter = hand.tremor = 0;
    hand.size_wobble = hand.baseline_wobble = hand.pressure = hand.taper = 0;
    hand.pen_width = own.uniform(0.12f, 0.18f);
    hand.aspect = own.uniform(0.9f, 1.2f);
    constexpr std::array<const char*, 5> kWords = {"PAID", "COPY", "VOID", "FILED", "DRAFT"};
    LaidRow row = draw_row(kWords[own.below(kWords.size())], 0, hand_script(hand), Joining::none, own, own);
    const cv::Rect2f box = box_of(row);
    const float left = box.x - 0.35f, right = box.br().x + 0.35f, top = box.y - 0.3f, bottom = box.br().y + 0.3f;
    Shape frame;
    for (const float y : {top, bottom}) frame.strokes.push_back(line_stroke({left, y}, {right, y}, 0.05f));
    if (own.chance(0.6f))
        for (const float x : {left, right}) frame.strokes.push_back(line_stroke({x, top}, {x, bottom}, 0.05f));
    row.marks.push_back(std::move(frame));

    Layer layer;
    layer.colour = draw_ink_colour(own);
    layer.density = own.uniform(0.2f, 0.55f);
    const float scale = static_cast<float>(std::min(scene.width, scene.height)) * own.uniform(0.06f, 0.14f);
    const float tilt = own.symmetric(0.4f), c = std::cos(tilt), s = std::sin(tilt);
    const cv::Point2f centre = (box.tl() + box.br()) / 2;
    const cv::Point2f at(own.symmetric(0.4f) * static_cast<float>(scene.width),
                         own.symmetric(0.4f) * static_cast<float>(scene.height));
    for (const Shape& mark : row.marks) {
        Shape turned = placed(mark, scale, -scale * centre);
        for (Stroke& stroke : turned.strokes)
            for (PenPoint& p : stroke) p = {c * p.x + s * p.y, c * p.y - s * p.x, p.radius};
        layer.shapes.push_back(project(placed(turned, 1, at), scene.camera));
    }
    scene.beneath.push_back(std::move(layer));
}

void add_lines(Scene& scene, const Layout& layout, const Effects& has,
               const std::function<Shape(const Shape&)>& seen_at) {
    const Effect kind = has(Effect::sudoku) ? Effect::sudoku : has(Effect::comb) ? Effect::comb : Effect::cells;
    Random own = has.numbers(kind);
    own.go_to(kLineColourDraws);
    Layer layer;
    layer.colour = draw_line_colour(own);
    layer.density = own.uniform(0.55f, 0.95f);
    for (const Stroke& line : layout.lines) {
        Shape seen = seen_at({{line}, {}});
        for (PenPoint& p : seen.strokes.front()) p.radius = std::max(p.radius, kLeastLine_px);
        layer.shapes.push_back(std::move(seen));
    }
    scene.beneath.push_back(std::move(layer));
}

void add_unlit(Scene& scene, const Layout& layout, const Effects& has,
               const std::function<Shape(const Shape&)>& seen_at) {
    Random own = has.numbers(Effect::display);
    own.go_to(kUnlitDraws);
    Layer layer;
    layer.colour = scene.ink_colour;
    layer.density = own.chance(0.6f) ? own.uniform(0.01f, 0.09f) : 0;
    for (const Shape& segments : layout.unlit) layer.shapes.push_back(seen_at(segments));
    if (layer.density > 0) scene.beneath.push_back(layer);
    if (scene.ink != "LCD") return;
    // Liquid crystals stand before their mirror and throw a shadow on it.
    Layer shadow;
    shadow.colour = scene.ink_colour;
    shadow.density = own.uniform(0.0f, 0.25f);
    shadow.blur_px = 0.012f * scene.digit_px;
    const cv::Point2f shift(scene.digit_px * own.symmetric(0.04f), scene.digit_px * own.uniform(0.01f, 0.04f));
    for (const WrittenRow& row : scene.rows)
        for (const WrittenDigit& written : row) shadow.shapes.push_back(placed(written.shape, 1, shift));
    scene.beneath.push_back(std::move(shadow));
}

// A dark label, with room around the last row but less than there is between two.
void add_label(Scene& scene, const Layout& layout, const Effects& has,
               const std::function<Shape(const Shape&)>& seen_at) {
    Random own = has.numbers(Effect::inverse);
    cv::Rect2f box;
    for (const WrittenDigit& written : layout.rows.back()) box |= ink_box(written.shape);
    const float left = box.x - own.uniform(0.2f, 0.6f), right = box.br().x + own.uniform(0.2f, 0.6f);
    const float top = box.y - own.uniform(0.12f, 0.25f), bottom = box.br().y + own.uniform(0.12f, 0.3f);
    const float light = own.uniform(20, 90);
    Layer layer;
    layer.colour = varied({light, light, light}, 15, own);
    layer.shapes.push_back(seen_at({{}, {{{left, top}, {right, top}, {right, bottom}, {left, bottom}}}}));
    scene.beneath.push_back(std::move(layer));
    scene.inverse = true;
    scene.inverse_colour = varied({235, 235, 230}, 15, own);
}

}  // namespace

void add_beneath(Scene& scene, const Layout& layout, const Effects& has,
                 const std::function<Shape(const Shape&)>& seen_at) {
    if (has(Effect::bleed)) add_bleed(scene, has);
    if (has(Effect::stains)) add_stains(scene, has);
    if (has(Effect::stamp)) add_stamp(scene, has);
    if (!layout.lines.empty()) add_lines(scene, layout, has, seen_at);
    if (has(Effect::inverse)) add_label(scene, layout, has, seen_at);
    if (!layout.unlit.empty()) add_unlit(scene, layout, has, seen_at);
}

}  // namespace chiffre::synthesis
