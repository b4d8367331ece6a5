// scene.h -- everything that is to be seen in one drawn photograph, decided before a pixel is painted (paint.h): what
// is written where, on what, with what, in which light, through which camera.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "synthesis/camera.h"
#include "synthesis/glyphs.h"

namespace chiffre::synthesis {

// What can make a photograph differ from black ink on white paper, evenly lit and seen from straight above.
enum class Effect {
    colour,       // blue, red or green ink instead of black
    pencil,       // grey, faint and grainy instead of ink
    tinted,       // paper that is not white
    texture,      // fibres and mottle of the paper
    ruled,        // lines
    squared,      // squares (instead of lines where both are drawn)
    gradient,     // light falling off to one side
    shadow,       // of something outside the picture
    vignette,     // darker corners
    tilt,         // a camera that is not level
    perspective,  // a camera that is not straight above
    table,        // edges of the paper in the picture, on something dark
    blur,         // out of focus
    noise,        // of the sensor
    small,        // small digits on much paper
    board,        // light on dark: chalk, white pen, a screen
};
inline constexpr int kEffects = 16;

// The probability of each effect.
using Chances = std::array<float, kEffects>;

std::string_view effect_name(Effect effect);
std::optional<Effect> effect_named(std::string_view name);

// plain: none. paper: an ordinary snapshot of a note. board: light on dark. hard: much of everything.
// mixed: each picture takes one of the others.
enum class Style { plain, paper, board, hard, mixed };
std::string_view style_name(Style style);

struct Range {
    int low, high;  // both included
};

struct SceneOptions {
    int width = 1200, height = 900;  // pixels
    Range rows{1, 8};
    Range digits{1, 12};  // in a row; both counts are lowered to what fits, but not below `low`
    Style style = Style::mixed;
    std::vector<Effect> with, without;  // always, never; `without` is the stronger
    std::optional<int> quality;         // of the JPEG, 1..100; none: drawn
};

// Throws Error(usage) where the fewest rows and digits asked for do not fit the picture, each digit having at least
// kLeastDigitPx.
void check(const SceneOptions& options);
inline constexpr int kLeastDigitPx = 16;  // below, the strokes of thin pens are thinner than a pixel

struct Colour {
    float r, g, b;  // 0..255
};

struct WrittenDigit {
    int digit = 0;
    bool starts_group = false;    // a wide gap stands before it; false for the first of a row
    std::vector<Stroke> strokes;  // picture pixels
};
using WrittenRow = std::vector<WrittenDigit>;  // left to right

// "4711 08"
std::string text_of(const WrittenRow& row);

enum class Ruling { none, lines, squares };

struct Scene {
    int width = 0, height = 0;
    Style style = Style::plain;    // never mixed
    std::vector<WrittenRow> rows;  // top to bottom
    float digit_px = 0;            // height of a digit at the middle of the picture

    std::string paper, ink;  // their names
    Colour paper_colour{}, ink_colour{};
    float ink_density = 1;  // 0..1: how much of the paper the ink hides
    float grain = 0;        // 0..1: how unevenly it does so
    float texture = 0;      // of the paper: relative amplitude

    Ruling ruling = Ruling::none;
    std::vector<Stroke> ruling_strokes;  // picture pixels
    Colour ruling_colour{};

    // Corners of the paper in picture pixels, in order; empty where paper fills the picture.
    std::vector<cv::Point2f> paper_outline;
    Colour table_colour{};

    float exposure = 1;                    // light in the middle; 1 shows the paper's own colour
    float gradient_x = 0, gradient_y = 0;  // relative change of light from the middle to an edge
    float vignette = 0;                    // relative loss of light in the corners
    float shadow = 0;                      // relative loss of light within the shadow
    float shadow_angle = 0;                // radians: direction in which the shadow lies
    float shadow_edge = 0;                 // its place along that direction: -1..1 over the picture
    float shadow_softness = 0.1f;          // breadth of its edge on the same scale

    Camera camera;
    float blur_px = 0;               // standard deviation
    float noise = 0;                 // standard deviation in grey levels, at mid grey
    int quality = 90;                // of the JPEG
    std::uint64_t texture_seed = 0;  // of paper, grain and noise
};

// The index-th scene of a seed.
Scene draw_scene(const SceneOptions& options, std::uint64_t seed, std::uint32_t index);

}  // namespace chiffre::synthesis
