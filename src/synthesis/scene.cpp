// scene.cpp -- draws the scene's numbers: first what is written and how, then where it lies, last the light.
#include "synthesis/scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "error.h"
#include "synthesis/arrange.h"
#include "synthesis/beneath.h"
#include "synthesis/frames.h"
#include "synthesis/light.h"
#include "synthesis/materials.h"

namespace chiffre::synthesis {

namespace {

using training::Stream;

constexpr float kPi = std::numbers::pi_v<float>;
// Where in an effect's numbers its second use begins.
constexpr std::uint32_t kSlantedTiltDraws = 64, kCoarseFrameDraws = 16;

constexpr float kMostHeight = 0.32f;                      // of the picture's shorter side: the tallest digit
constexpr float kMostHeightClose = 0.55f;                 // the same where people go close: displays, single digits
constexpr float kWidestDigit = 1.5f, kTallestRow = 1.9f;  // heights: the least that is asked of a picture

// What the user asked for can be had.
void check_effects(const SceneOptions& options) {
    for (const Effect lost : conflicting(options.with))
        throw Error(ErrorCode::usage, std::string("--with ").append(effect_name(lost)) +
                                          ": expected effects that one picture can have, found others that exclude it");
    if (options.digits && options.style != Style::any)
        for (const auto& [effect, least] : {std::pair{Effect::touching, 2}, {Effect::triples, 3}})
            if (may_have(options, effect) && options.digits->high < least)
                throw Error(ErrorCode::usage, std::string("--digits: expected rows of at least ") +
                                                  std::to_string(least) + " digits for " +
                                                  std::string(effect_name(effect)) + ", found at most " +
                                                  std::to_string(options.digits->high));
    if (options.fonts.empty() && may_have(options, Effect::printed))
        throw Error(ErrorCode::usage, "printed figures: expected a folder of fonts (or --without printed), found none");
}

void draw_camera(Scene& scene, const Effects& has, Random& random) {
    scene.camera.middle = {0.5f * static_cast<float>(scene.width), 0.5f * static_cast<float>(scene.height)};
    if (has(Effect::tilt)) scene.camera.tilt = random.symmetric(6) * kPi / 180;
    if (has(Effect::perspective)) {
        scene.camera.perspective_x = random.symmetric(0.12f);
        scene.camera.perspective_y = random.symmetric(0.16f);
    }
    if (has(Effect::steep)) {
        Random own = has.numbers(Effect::steep);
        scene.camera.perspective_x = own.symmetric(0.25f);
        scene.camera.perspective_y =
            (own.chance(0.8f) ? -1.0f : 1.0f) * own.uniform(0.12f, 0.32f);  // mostly from below
    }
    if (has(Effect::slanted)) {
        Random own = has.numbers(Effect::slanted);
        own.go_to(kSlantedTiltDraws);
        scene.camera.tilt += own.symmetric(10) * kPi / 180;
    }
    if (has(Effect::bowed)) {
        Random own = has.numbers(Effect::bowed);
        scene.camera.bow = (own.chance(0.5f) ? -1.0f : 1.0f) * own.uniform(0.03f, 0.14f);
        scene.camera.wave = own.symmetric(0.08f);
    }
}

// Whether all of a box on the paper is seen at least a margin away from the picture's edges.
bool seen(const Scene& scene, const cv::Rect2f& box) {
    const cv::Point2f middle = scene.camera.middle;
    constexpr int kPlaces = 4;  // along its level edges: where paper bends, corners are not the outermost points
    for (int i = 0; i <= kPlaces; ++i)
        for (const float y : {box.y, box.br().y}) {
            const float x = i == kPlaces ? box.br().x : box.x + static_cast<float>(i) / kPlaces * box.width;
            const cv::Point2f at = scene.camera.project({x, y}) - middle;
            if (std::abs(at.x) > kTextShare * middle.x || std::abs(at.y) > kTextShare * middle.y) return false;
        }
    return true;
}

cv::Rect2f centred(cv::Point2f middle, cv::Size2f size) {
    return {middle.x - size.width / 2, middle.y - size.height / 2, size.width, size.height};
}

// The largest multiple of `shape` that is seen around the middle of the picture.
cv::Size2f largest_seen(const Scene& scene, cv::Size2f shape) {
    constexpr float kStep = 0.98f;
    cv::Size2f size = shape * std::min(static_cast<float>(scene.width) / shape.width,
                                       static_cast<float>(scene.height) / shape.height);
    while (!seen(scene, centred({0, 0}, size))) size = size * kStep;
    return size;
}

struct Place {
    float scale = 1;    // pixels per digit height
    cv::Point2f shift;  // of the layout's origin
    cv::Rect2f text;    // on the paper
};

Place draw_place(const Scene& scene, const Layout& layout, const Effects& has, Random& random) {
    const float side = static_cast<float>(std::min(scene.width, scene.height));
    const bool close = has(Effect::display) || has(Effect::cropped);
    const float most = std::min(largest_seen(scene, layout.box.size()).width / layout.box.width,
                                (close ? kMostHeightClose : kMostHeight) * side);
    // Faint and small together are unreadable.
    const bool small = has(Effect::small) && !has(Effect::pencil) && !has(Effect::faint);
    const float wanted = small ? random.uniform(0.03f, 0.045f) * side : most * random.uniform(0.65f, 1.0f);
    Place place;
    place.scale = std::min(most, std::max<float>(kLeastDigitPx, wanted));
    if (has(Effect::coarse)) place.scale = std::min(most, has.numbers(Effect::coarse).uniform(10, 14));
    const cv::Size2f size = layout.box.size() * place.scale;
    const cv::Size2f picture(static_cast<float>(scene.width), static_cast<float>(scene.height));
    cv::Point2f middle(random.symmetric(0.5f) * (picture.width - size.width),
                       random.symmetric(0.5f) * (picture.height - size.height));
    while (!seen(scene, centred(middle, size))) middle *= 0.9f;
    place.text = centred(middle, size);
    place.shift = place.text.tl() - place.scale * layout.box.tl();
    return place;
}

// Returns the distance of the lines in digit heights; 0 where there are none.
float choose_ruling(Scene& scene, const Effects& has, Random& random) {
    const float lines = random.uniform(1.3f, 2.0f), squares = random.uniform(0.5f, 1.1f);
    if (has(Effect::squared)) {
        scene.ruling = Ruling::squares;
        return squares;
    }
    if (!has(Effect::ruled)) return 0;
    scene.ruling = Ruling::lines;
    return lines;
}

// Lines over all of `paper`, one of them through `through`.
void draw_ruling(Scene& scene, const Effects& has, cv::Rect2f paper, cv::Point2f through, float pitch, Random& random) {
    float radius =
        std::max(0.4f, 0.00045f * static_cast<float>(scene.width + scene.height)) * random.uniform(0.6f, 1.2f);
    const bool grey = random.chance(0.4f);
    scene.ruling_colour = varied(grey ? Colour{172, 174, 180} : Colour{150, 180, 214}, 10, random);
    if (has(Effect::bold)) {
        Random own = has.numbers(Effect::bold);
        constexpr std::array<Colour, 3> kBold = {{{96, 100, 110}, {90, 130, 190}, {150, 100, 110}}};
        scene.ruling_colour = varied(kBold[own.below(kBold.size())], 14, own);
        radius *= own.uniform(1.0f, 2.0f);
    }
    const auto first = [&](float from, float at) { return static_cast<int>(std::ceil((from - at) / pitch)); };
    for (int i = first(paper.y, through.y); i < first(paper.br().y, through.y); ++i) {
        const float y = through.y + static_cast<float>(i) * pitch;
        scene.ruling_strokes.push_back(line_stroke({paper.x, y}, {paper.br().x, y}, radius));
    }
    const bool squares = scene.ruling == Ruling::squares;
    for (int i = first(paper.x, through.x); squares && i < first(paper.br().x, through.x); ++i) {
        const float x = through.x + static_cast<float>(i) * pitch;
        scene.ruling_strokes.push_back(line_stroke({x, paper.y}, {x, paper.br().y}, radius));
    }
    scene.ruling_strokes = project(std::move(scene.ruling_strokes), scene.camera);
}

// The sheet: what holds the writing with a margin where its edges are seen, else more than the picture.
cv::Rect2f draw_sheet(Scene& scene, const cv::Rect2f& text, bool edges, bool panel, Random& random) {
    const float w = static_cast<float>(scene.width), h = static_cast<float>(scene.height);
    if (!edges) return {-w, -h, 2 * w, 2 * h};
    if (!panel) {
        constexpr std::array<Colour, 3> kTables = {{{74, 54, 40}, {58, 60, 64}, {104, 78, 54}}};
        scene.table_colour = varied(kTables[random.below(kTables.size())], 12, random);
    }
    const float margin = 0.5f * scene.digit_px + 0.015f * std::min(w, h);
    const auto outside = [&](float room) {
        return margin + random.uniform(0.0f, panel ? 0.3f : 1.2f) * std::max(0.0f, room - margin);
    };
    const float left = text.x - outside(text.x + w / 2), right = text.br().x + outside(w / 2 - text.br().x);
    const float top = text.y - outside(text.y + h / 2), bottom = text.br().y + outside(h / 2 - text.br().y);
    const std::array<cv::Point2f, 4> corners = {{{left, top}, {right, top}, {right, bottom}, {left, bottom}}};
    const int pieces =
        scene.camera.bow == 0 && scene.camera.wave == 0 ? 1 : 24;  // edges of a sheet that bends are curves
    for (std::size_t i = 0; i < corners.size(); ++i)
        for (int piece = 0; piece < pieces; ++piece) {
            const float share = static_cast<float>(piece) / static_cast<float>(pieces);
            scene.paper_outline.push_back(
                scene.camera.project(corners[i] + share * (corners[(i + 1) % corners.size()] - corners[i])));
        }
    return {left, top, right - left, bottom - top};
}

// What ends as the picture: its turn, and what is cut off.
void draw_frame(Scene& scene, const Effects& has) {
    if (has(Effect::turned)) scene.quarter_turns = 1 + has.numbers(Effect::turned).below(3);
    const auto margins = [&](auto margin) { return Margins{margin(), margin(), margin(), margin()}; };
    if (has(Effect::cropped)) {
        Random own = has.numbers(Effect::cropped);
        scene.crop = margins([&] {
            const bool touches = own.chance(0.4f);
            return scene.digit_px * (touches ? own.uniform(-0.04f, 0.02f) : own.uniform(0.02f, 0.3f));
        });
    } else if (has(Effect::coarse)) {
        Random own = has.numbers(Effect::coarse);
        own.go_to(kCoarseFrameDraws);
        if (own.chance(0.85f)) scene.crop = margins([&] { return scene.digit_px * own.uniform(0.4f, 3.0f); });
    }
}

}  // namespace

bool may_have(const SceneOptions& options, Effect effect) {
    const auto named = [&](const std::vector<Effect>& list) {
        return std::find(list.begin(), list.end(), effect) != list.end();
    };
    if (named(options.without)) return false;
    // `any` takes styles that have every effect; the four of `mixed` have the older ones alone.
    if (options.style == Style::any || named(options.with)) return true;
    if (options.style != Style::mixed) return chance_of(effect, options.style) > 0;
    return effect <= Effect::board;
}

std::string text_of(const WrittenRow& row) {
    std::string text;
    for (const WrittenDigit& written : row) {
        if (written.starts_group) text += ' ';
        text += static_cast<char>('0' + written.digit);
    }
    return text;
}

void check(const SceneOptions& options) {
    check_effects(options);
    const int rows = options.rows.value_or(usual_rows(options.style)).low;
    const int digits = options.digits.value_or(usual_digits(options.style)).low;
    const float least_width = kWidestDigit * kLeastDigitPx * static_cast<float>(digits) / kTextShare;
    const float least_height = kTallestRow * kLeastDigitPx * static_cast<float>(rows) / kTextShare;
    if (static_cast<float>(options.width) >= least_width && static_cast<float>(options.height) >= least_height) return;
    throw Error(ErrorCode::usage, std::to_string(rows) + " rows of " + std::to_string(digits) +
                                      " digits need a picture of at least " +
                                      std::to_string(static_cast<int>(std::ceil(least_width))) + "x" +
                                      std::to_string(static_cast<int>(std::ceil(least_height))) + " pixels, found " +
                                      std::to_string(options.width) + "x" + std::to_string(options.height));
}

Scene draw_scene(const SceneOptions& options, std::uint64_t seed, std::uint32_t index) {
    // Separate numbers for separate things: a new form of a digit or a new ink leaves all else as it was.
    const auto numbers = [&](std::uint32_t thing) { return Random(seed, Stream::pages, 16 + thing, index); };
    Random page = numbers(0), text = numbers(1), hand_of = numbers(2), pen = numbers(3), camera = numbers(4),
           place_of = numbers(5), lines = numbers(6), light = numbers(7), sensor = numbers(8);
    Scene scene;
    scene.width = options.width, scene.height = options.height;
    scene.texture_seed = page.next();
    scene.style = settle(options.style, page);
    const Effects has(scene.style, options.with, options.without, page, seed, index);
    scene.effects = has.list();
    Hand hand = draw_hand(hand_of);
    draw_materials(scene, hand, has, page);
    const float line_width = hand.pen_width;
    if (has(Effect::outlined)) hand.pen_width = has.numbers(Effect::outlined).uniform(0.17f, 0.26f);
    if (has(Effect::display)) draw_display_materials(scene, has);
    draw_camera(scene, has, camera);

    const float line_pitch = choose_ruling(scene, has, lines);
    const Writing writing = choose_script(options, hand, has, numbers(9));
    scene.printed = writing.family;
    Layout layout = arrange(fitting(options, scene.style, has), line_pitch, writing, has, text, pen);
    if (has(Effect::framed)) add_frames(layout, line_width, has.numbers(Effect::framed));
    const Place place = draw_place(scene, layout, has, place_of);
    scene.digit_px = place.scale;
    if (has(Effect::outlined))
        scene.outline_px = std::max(1, static_cast<int>(std::lround(0.25f * line_width * scene.digit_px)));
    const auto seen_at = [&](const Shape& shape) {
        return project(placed(shape, place.scale, place.shift), scene.camera);
    };
    scene.rows = layout.rows;
    for (WrittenRow& row : scene.rows)
        for (WrittenDigit& written : row) written.shape = seen_at(written.shape);
    for (const Shape& mark : layout.marks) scene.marks.push_back(seen_at(mark));
    const bool panel = has(Effect::display);
    const bool edges = panel ? scene.housing : has(Effect::table) && !has(Effect::board);
    const cv::Rect2f sheet = draw_sheet(scene, place.text, edges, panel, place_of);
    add_beneath(scene, layout, has, seen_at);

    float lift = lines.uniform(0.0f, 0.12f);  // writers stay a little above the line, or on it
    if (has(Effect::standing)) lift = has.numbers(Effect::standing).uniform(-0.1f, 0.02f);
    const cv::Point2f baseline = place.shift + place.scale * cv::Point2f(0, layout.baselines[0] + lift);
    if (scene.ruling != Ruling::none) draw_ruling(scene, has, sheet, baseline, line_pitch * place.scale, lines);
    scene.glow_px *= scene.digit_px;
    draw_light(scene, has, light);
    draw_sensor(scene, options, has, line_width, sensor);
    draw_frame(scene, has);
    return scene;
}

}  // namespace chiffre::synthesis
