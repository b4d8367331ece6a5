// scene.cpp -- draws the scene's numbers: first what is written and how, then where it lies, last the light.
#include "synthesis/scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "error.h"
#include "synthesis/layout.h"

namespace chiffre::synthesis {

namespace {

using training::Stream;

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kTextShare = 0.88f;   // of the picture's sides that writing may take
constexpr float kMostHeight = 0.32f;  // of the picture's shorter side: the tallest digit
constexpr float kWidestDigit = 1.5f;  // heights per digit in a row, gaps between groups included: nearly always enough
constexpr float kTallestRow = 1.9f;   // heights per row

struct EffectRow {
    std::string_view name;
    float plain, paper, board, hard;
};

constexpr std::array<EffectRow, kEffects> kEffectTable = {{
    {"colour", 0, 0.65f, 0.2f, 0.5f},
    {"pencil", 0, 0.15f, 0, 0.35f},
    {"tinted", 0, 0.3f, 0, 0.6f},
    {"texture", 0, 0.9f, 0.8f, 1},
    {"ruled", 0, 0.25f, 0.05f, 0.4f},
    {"squared", 0, 0.15f, 0, 0.3f},
    {"gradient", 0, 0.9f, 0.7f, 1},
    {"shadow", 0, 0.2f, 0.1f, 0.6f},
    {"vignette", 0, 0.4f, 0.3f, 0.7f},
    {"tilt", 0, 0.7f, 0.6f, 1},
    {"perspective", 0, 0.5f, 0.5f, 0.9f},
    {"table", 0, 0.15f, 0, 0.4f},
    {"blur", 0, 0.5f, 0.5f, 0.9f},
    {"noise", 0, 0.8f, 0.8f, 1},
    {"small", 0, 0.15f, 0.1f, 0.3f},
    {"board", 0, 0, 1, 0.1f},
}};

struct Ink {
    const char* name;
    Colour colour;
};
constexpr Ink kBlack{"black", {32, 32, 38}};
constexpr std::array<Ink, 4> kInks = {
    {{"blue", {34, 52, 140}}, {"light blue", {50, 90, 185}}, {"red", {176, 32, 44}}, {"green", {20, 105, 60}}}};
constexpr Ink kPencil{"pencil", {92, 92, 98}};

struct Paper {
    const char* name;
    Colour colour;
};
constexpr Paper kWhite{"white", {236, 236, 234}};
constexpr std::array<Paper, 6> kTinted = {{{"cream", {238, 228, 200}},
                                           {"recycled", {203, 197, 184}},
                                           {"yellow", {244, 226, 120}},
                                           {"pink", {240, 200, 206}},
                                           {"blue", {190, 212, 232}},
                                           {"green", {196, 224, 190}}}};

struct Board {
    const char *paper, *ink;
    Colour paper_colour, ink_colour;
    float ink_density, grain, texture;
};
constexpr std::array<Board, 4> kBoards = {
    {{"green board", "chalk", {44, 72, 60}, {225, 228, 222}, 0.92f, 0.45f, 0.12f},
     {"black board", "chalk", {42, 44, 46}, {228, 226, 222}, 0.92f, 0.45f, 0.12f},
     {"black paper", "white pen", {34, 33, 36}, {232, 230, 226}, 0.96f, 0.1f, 0.05f},
     {"screen", "white", {8, 8, 10}, {245, 245, 245}, 1, 0, 0}}};

// Which of the effects this scene has.
class Effects {
  public:
    Effects(const SceneOptions& options, Style style, Random& random) {
        for (int i = 0; i < kEffects; ++i) {
            const Effect effect = static_cast<Effect>(i);
            const auto names = [&](const std::vector<Effect>& list) {
                return std::find(list.begin(), list.end(), effect) != list.end();
            };
            const bool drawn = random.chance(chance(kEffectTable[i], style));
            has_[i] = !names(options.without) && (drawn || names(options.with));
        }
    }
    bool operator()(Effect effect) const { return has_[static_cast<int>(effect)]; }

  private:
    static float chance(const EffectRow& row, Style style) {
        switch (style) {
            case Style::paper:
                return row.paper;
            case Style::board:
                return row.board;
            case Style::hard:
                return row.hard;
            default:
                return row.plain;
        }
    }

    std::array<bool, kEffects> has_{};
};

Style settle(Style style, Random& random) {
    constexpr std::array kStyles = {Style::plain, Style::paper, Style::paper, Style::board, Style::hard};
    return style == Style::mixed ? kStyles[random.below(kStyles.size())] : style;
}

Colour varied(Colour colour, float range, Random& random) {
    const float all = random.symmetric(range);
    const auto channel = [&](float value) {
        return std::clamp(value + all + random.symmetric(range / 3), 0.0f, 255.0f);
    };
    return {channel(colour.r), channel(colour.g), channel(colour.b)};
}

void draw_materials(Scene& scene, Hand& hand, const Effects& has, Random& random) {
    Ink ink = has(Effect::colour) ? kInks[random.below(kInks.size())] : kBlack;
    Paper paper = has(Effect::tinted) ? kTinted[random.below(kTinted.size())] : kWhite;
    scene.ink_density = random.uniform(0.86f, 1.0f);
    scene.grain = 0.06f;
    scene.texture = has(Effect::texture) ? random.uniform(0.006f, 0.035f) : 0;
    if (has(Effect::pencil)) {
        ink = kPencil;
        scene.ink_density = random.uniform(0.62f, 0.9f);
        scene.grain = random.uniform(0.15f, 0.4f);
        hand.pen_width = random.uniform(0.05f, 0.085f);
    }
    scene.ink = ink.name, scene.ink_colour = varied(ink.colour, 10, random);
    scene.paper = paper.name, scene.paper_colour = varied(paper.colour, 8, random);
    if (!has(Effect::board)) return;
    const Board& board = kBoards[random.below(kBoards.size())];
    scene.paper = board.paper, scene.ink = board.ink;
    scene.paper_colour = varied(board.paper_colour, 6, random), scene.ink_colour = varied(board.ink_colour, 8, random);
    scene.ink_density = board.ink_density, scene.grain = board.grain, scene.texture = board.texture;
    hand.pen_width = std::max(hand.pen_width, 0.07f);
}

void draw_camera(Scene& scene, const Effects& has, Random& random) {
    scene.camera.middle = {0.5f * static_cast<float>(scene.width), 0.5f * static_cast<float>(scene.height)};
    if (has(Effect::tilt)) scene.camera.tilt = random.symmetric(6) * kPi / 180;
    if (!has(Effect::perspective)) return;
    scene.camera.perspective_x = random.symmetric(0.12f);
    scene.camera.perspective_y = random.symmetric(0.16f);
}

void draw_light(Scene& scene, const Effects& has, Random& random) {
    if (has(Effect::gradient)) {
        const float strength = random.uniform(0.05f, 0.28f), angle = random.uniform(0, 2 * kPi);
        scene.gradient_x = strength * std::cos(angle), scene.gradient_y = strength * std::sin(angle);
        // As cameras meter: the brightest edge is not far beyond white.
        scene.exposure = random.uniform(0.85f, 1.05f) / (1 + 0.7f * strength);
    }
    if (has(Effect::vignette)) scene.vignette = random.uniform(0.1f, 0.35f);
    if (!has(Effect::shadow)) return;
    scene.shadow = random.uniform(0.2f, 0.5f);
    scene.shadow_angle = random.uniform(0, 2 * kPi);
    scene.shadow_edge = random.symmetric(0.6f);
    scene.shadow_softness = random.uniform(0.04f, 0.4f);
}

void draw_sensor(Scene& scene, const SceneOptions& options, const Effects& has, float pen_width, Random& random) {
    // Blur is bounded by what is to be read: strokes stay visible and apart.
    const float most_blur = std::min(0.4f * pen_width, 0.035f) * scene.digit_px;
    if (has(Effect::blur)) scene.blur_px = most_blur * random.uniform(0.3f, 1.0f);
    if (has(Effect::noise)) scene.noise = random.uniform(1.5f, 8.0f);
    const int quality = 60 + random.below(36);
    scene.quality = options.quality.value_or(scene.style == Style::plain ? 95 : quality);
}

// Whether all of a box on the paper is seen at least a margin away from the picture's edges.
bool seen(const Scene& scene, const cv::Rect2f& box) {
    const cv::Point2f middle = scene.camera.middle;
    for (const cv::Point2f corner : {box.tl(), {box.br().x, box.y}, box.br(), {box.x, box.br().y}}) {
        const cv::Point2f at = scene.camera.project(corner) - middle;
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
    const float most = std::min(largest_seen(scene, layout.box.size()).width / layout.box.width, kMostHeight * side);
    const bool small = has(Effect::small) && !has(Effect::pencil);  // faint and small together are unreadable
    const float wanted = small ? random.uniform(0.03f, 0.045f) * side : most * random.uniform(0.65f, 1.0f);
    Place place;
    place.scale = std::min(most, std::max<float>(kLeastDigitPx, wanted));
    const cv::Size2f size = layout.box.size() * place.scale;
    const cv::Size2f picture(static_cast<float>(scene.width), static_cast<float>(scene.height));
    cv::Point2f middle(random.symmetric(0.5f) * (picture.width - size.width),
                       random.symmetric(0.5f) * (picture.height - size.height));
    while (!seen(scene, centred(middle, size))) middle *= 0.9f;
    place.text = centred(middle, size);
    place.shift = place.text.tl() - place.scale * layout.box.tl();
    return place;
}

void add_line(Scene& scene, cv::Point2f a, cv::Point2f b, float radius) {
    constexpr int kPieces = 48;  // the painter looks at the bounding box of each piece
    Stroke line;
    for (int i = 0; i <= kPieces; ++i) {
        const cv::Point2f p = a + (b - a) * (static_cast<float>(i) / kPieces);
        line.push_back({p.x, p.y, radius});
    }
    scene.ruling_strokes.push_back(std::move(line));
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
void draw_ruling(Scene& scene, cv::Rect2f paper, cv::Point2f through, float pitch, Random& random) {
    const float radius =
        std::max(0.4f, 0.00045f * static_cast<float>(scene.width + scene.height)) * random.uniform(0.6f, 1.2f);
    const bool grey = random.chance(0.4f);
    scene.ruling_colour = varied(grey ? Colour{172, 174, 180} : Colour{150, 180, 214}, 10, random);
    const auto first = [&](float from, float at) { return static_cast<int>(std::ceil((from - at) / pitch)); };
    for (int i = first(paper.y, through.y); i < first(paper.br().y, through.y); ++i) {
        const float y = through.y + static_cast<float>(i) * pitch;
        add_line(scene, {paper.x, y}, {paper.br().x, y}, radius);
    }
    const bool squares = scene.ruling == Ruling::squares;
    for (int i = first(paper.x, through.x); squares && i < first(paper.br().x, through.x); ++i) {
        const float x = through.x + static_cast<float>(i) * pitch;
        add_line(scene, {x, paper.y}, {x, paper.br().y}, radius);
    }
    scene.ruling_strokes = project(std::move(scene.ruling_strokes), scene.camera);
}

// The sheet: what holds the writing with a margin where its edges are seen, else more than the picture.
cv::Rect2f draw_sheet(Scene& scene, const cv::Rect2f& text, bool edges, Random& random) {
    const float w = static_cast<float>(scene.width), h = static_cast<float>(scene.height);
    if (!edges) return {-w, -h, 2 * w, 2 * h};
    constexpr std::array<Colour, 3> kTables = {{{74, 54, 40}, {58, 60, 64}, {104, 78, 54}}};
    scene.table_colour = varied(kTables[random.below(kTables.size())], 12, random);
    const float margin = 0.5f * scene.digit_px + 0.015f * std::min(w, h);
    const auto outside = [&](float room) {
        return margin + random.uniform(0.0f, 1.2f) * std::max(0.0f, room - margin);
    };
    const float left = text.x - outside(text.x + w / 2), right = text.br().x + outside(w / 2 - text.br().x);
    const float top = text.y - outside(text.y + h / 2), bottom = text.br().y + outside(h / 2 - text.br().y);
    for (const cv::Point2f corner : {cv::Point2f(left, top), {right, top}, {right, bottom}, {left, bottom}})
        scene.paper_outline.push_back(scene.camera.project(corner));
    return {left, top, right - left, bottom - top};
}

Range limited(Range range, float room, float each) {
    const int fits = static_cast<int>(room / (each * kLeastDigitPx));
    return {range.low, std::max(range.low, std::min(range.high, fits))};
}

}  // namespace

std::string_view effect_name(Effect effect) {
    return kEffectTable[static_cast<int>(effect)].name;
}

std::optional<Effect> effect_named(std::string_view name) {
    for (int i = 0; i < kEffects; ++i)
        if (kEffectTable[i].name == name) return static_cast<Effect>(i);
    return std::nullopt;
}

std::string_view style_name(Style style) {
    constexpr std::array<std::string_view, 5> kNames = {"plain", "paper", "board", "hard", "mixed"};
    return kNames[static_cast<int>(style)];
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
    const float least_width = kWidestDigit * kLeastDigitPx * static_cast<float>(options.digits.low) / kTextShare;
    const float least_height = kTallestRow * kLeastDigitPx * static_cast<float>(options.rows.low) / kTextShare;
    if (static_cast<float>(options.width) >= least_width && static_cast<float>(options.height) >= least_height) return;
    throw Error(ErrorCode::usage, std::to_string(options.rows.low) + " rows of " + std::to_string(options.digits.low) +
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
    const Effects has(options, scene.style, page);
    Hand hand = draw_hand(hand_of);
    draw_materials(scene, hand, has, page);
    draw_camera(scene, has, camera);

    const Range digits = limited(options.digits, kTextShare * static_cast<float>(options.width), kWidestDigit);
    const Range rows = limited(options.rows, kTextShare * static_cast<float>(options.height), kTallestRow);
    const float line_pitch = choose_ruling(scene, has, lines);
    const Layout layout = draw_layout(draw_texts(rows, digits, text), line_pitch, hand, pen);
    const Place place = draw_place(scene, layout, has, place_of);
    scene.digit_px = place.scale;
    scene.rows = layout.rows;
    for (WrittenRow& row : scene.rows)
        for (WrittenDigit& written : row)
            written.strokes = project(placed(written.strokes, place.scale, place.shift), scene.camera);
    const bool edges = has(Effect::table) && !has(Effect::board);
    const cv::Rect2f sheet = draw_sheet(scene, place.text, edges, place_of);
    const float lift = lines.uniform(0.0f, 0.12f);  // writers stay a little above the line, or on it
    const cv::Point2f baseline = place.shift + place.scale * cv::Point2f(0, layout.baselines[0] + lift);
    if (scene.ruling != Ruling::none) draw_ruling(scene, sheet, baseline, line_pitch * place.scale, lines);
    draw_light(scene, has, light);
    draw_sensor(scene, options, has, hand.pen_width, sensor);
    return scene;
}

}  // namespace chiffre::synthesis
