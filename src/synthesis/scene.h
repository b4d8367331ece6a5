// scene.h -- everything that is to be seen in one drawn photograph, decided before a pixel is painted (paint.h): what
// is written where, on what, with what, in which light, through which camera.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "synthesis/camera.h"
#include "synthesis/effects.h"
#include "synthesis/print.h"
#include "synthesis/shape.h"
#include "synthesis/traced.h"

namespace chiffre::synthesis {

struct SceneOptions {
    int width = 1200, height = 900;  // pixels
    // In a picture, and in a row; none: as the style has them. Both counts are lowered to what fits, but not below
    // `low`.
    std::optional<Range> rows, digits;
    Style style = Style::mixed;
    std::vector<Effect> with, without;     // always, never; `without` is the stronger
    std::optional<int> quality;            // of the JPEG, 1..100; none: drawn
    std::vector<FontFigures> fonts;        // for what is printed
    const TracedDigits* traced = nullptr;  // half of the pages written by hand are written with these, where there are
};

// Whether a picture drawn with these options can have the effect.
bool may_have(const SceneOptions& options, Effect effect);

// Throws Error(usage) where the fewest rows and digits asked for do not fit the picture, each digit having at least
// kLeastDigitPx, and where effects are asked for that cannot be together or lack digits or fonts.
void check(const SceneOptions& options);
inline constexpr int kLeastDigitPx = 16;    // below, the strokes of thin pens are thinner than a pixel
inline constexpr float kTextShare = 0.88f;  // of the picture's sides that writing may take

struct Colour {
    float r, g, b;  // 0..255
};

struct WrittenDigit {
    int digit = 0;
    bool starts_group = false;  // a wide gap stands before it; false for the first of a row
    Shape shape;                // picture pixels
    bool touches = false;       // the digit before it
};
using WrittenRow = std::vector<WrittenDigit>;  // left to right

// "4711 08"
std::string text_of(const WrittenRow& row);

enum class Ruling { none, lines, squares };

// What lies on the paper beneath the ink: writing of the other side, printed lines, stains, segments that are not lit.
struct Layer {
    std::vector<Shape> shapes;  // picture pixels
    Colour colour{};
    float density = 1;  // 0..1: how much of the paper it hides
    float blur_px = 0;  // standard deviation
};

// White between the outermost digits and the edges of the picture; negative: the edge cuts into the digits.
struct Margins {
    float left = 0, top = 0, right = 0, bottom = 0;  // pixels
};

// Everything is upright; turn and crop come last.
struct Scene {
    int width = 0, height = 0;
    Style style = Style::plain;  // neither mixed nor any
    std::vector<Effect> effects;
    std::vector<WrittenRow> rows;  // top to bottom
    std::vector<Shape> marks;      // in the same ink, but no digits: letters, signs; picture pixels
    float digit_px = 0;            // height of a digit at the middle of the picture
    int outline_px = 0;            // half the width of the line that is drawn around hollow digits; 0: they are filled

    std::string paper, ink;  // their names
    std::string printed;     // the family whose figures these are; empty where they are written or displayed
    Colour paper_colour{}, ink_colour{};
    float ink_density = 1;  // 0..1: how much of the paper the ink hides
    float grain = 0;        // 0..1: how unevenly it does so
    float texture = 0;      // of the paper: relative amplitude

    Ruling ruling = Ruling::none;
    std::vector<Stroke> ruling_strokes;  // picture pixels
    Colour ruling_colour{};
    std::vector<Layer> beneath;  // the first lowest
    bool inverse = false;        // the last row is written in another ink
    Colour inverse_colour{};
    bool housing = false;  // of a display: seen around its panel
    Colour glow_colour{};
    float glow = 0;     // 0..1: how much of it the paper around the ink takes
    float glow_px = 0;  // how far: standard deviation

    // Corners of the paper in picture pixels, in order; empty where paper fills the picture.
    std::vector<cv::Point2f> paper_outline;
    Colour table_colour{};
    float table_grain = 0.12f;  // relative amplitude

    float exposure = 1;                    // light in the middle; 1 shows the paper's own colour
    float gradient_x = 0, gradient_y = 0;  // relative change of light from the middle to an edge
    float vignette = 0;                    // relative loss of light in the corners
    float shadow = 0;                      // relative loss of light within the shadow
    float shadow_angle = 0;                // radians: direction in which the shadow lies
    float shadow_edge = 0;                 // its place along that direction: -1..1 over the picture
    float shadow_softness = 0.1f;          // breadth of its edge on the same scale
    Shape cast_shape;                      // of a sharp shadow, in picture pixels
    float cast = 0;                        // relative loss of light within it
    float cast_softness_px = 0;            // standard deviation of its edge
    float glare = 0;                       // light added at the middle of the reflection; 1 is white
    cv::Point2f glare_at;                  // -1..1 over the picture
    float glare_radius = 0.3f;             // on the same scale

    Camera camera;
    float blur_px = 0;  // standard deviation
    float noise = 0;    // standard deviation in grey levels, at mid grey
    int quality = 90;   // of the JPEG
    std::optional<Margins> crop;
    int quarter_turns = 0;           // clockwise, of the picture
    std::uint64_t texture_seed = 0;  // of paper, grain and noise
};

// Where in the numbers of a display its materials and its texts begin; its figures are the first.
inline constexpr std::uint32_t kDisplayMaterialDraws = 64, kDisplayTextDraws = 128;

// The index-th scene of a seed.
Scene draw_scene(const SceneOptions& options, std::uint64_t seed, std::uint32_t index);

}  // namespace chiffre::synthesis
