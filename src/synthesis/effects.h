// effects.h -- what can make a photograph of digits hard, each thing by its name, and the styles: how often pictures of
// a kind have each.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "training/random.h"

namespace chiffre::synthesis {

using training::Random;

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
    // Each of the following draws from random numbers of its own.
    faint,      // the trace hardly darker than the paper
    standing,   // digits on the line or through it, not above it
    cast,       // a sharp shadow of a hand or a phone
    dim,        // too little light
    glare,      // a lamp's reflection, blown out
    touching,   // pairs of digits that touch
    triples,    // the same, up to three in a chain
    broken,     // digits of several pieces
    letters,    // words, operators, punctuation and arrows between the digits
    display,    // a seven-segment display instead of writing
    turned,     // by 90, 180 or 270 degrees
    slanted,    // rows that climb or fall
    bowed,      // paper that is not flat
    steep,      // a camera that looks from the side
    columns,    // of numbers
    scattered,  // numbers anywhere on the page
    cells,      // a table with lines
    comb,       // a form with a box for each digit
    sudoku,     // a grid with one digit in some of its cells
    coarse,     // low resolution: digits of 10 to 14 pixels
    cropped,    // cut close to the digits, or into them
    blocks,     // a JPEG of low quality
    bleed,      // writing on the back that shows through
    stains,     // of coffee and fingers
    printed,    // figures of fonts
    bold,       // ruled or squared lines as dark as ink
    framed,     // rows that the writer underlined, circled or boxed
    stamp,      // a rubber stamp across the page
    inverse,    // the last row light on a dark label
    uneven,     // digits of unlike heights, long tails
    outlined,   // digits drawn as a line around them, hollow
};
inline constexpr int kEffects = 47;

std::string_view effect_name(Effect effect);
std::optional<Effect> effect_named(std::string_view name);

struct Range {
    int low, high;  // both included
};

// plain: none of the effects. paper: an ordinary snapshot of a note. board: light on dark. hard: much of everything.
// Each of the following is about one condition, all else being moderate. mixed: each picture takes one of the first
// four. any: each picture takes one of all the others.
enum class Style {
    plain,
    paper,
    board,
    hard,
    mixed,
    shadows,
    ruled,
    squared,
    touching,
    touching_triples,
    broken,
    letters,
    turned,
    bowed,
    perspective,
    seven_segment,
    table,
    forms,
    columns,
    scattered,
    faint,
    coarse,
    cropped,
    bleed,
    printed,
    uneven,
    any,
};
inline constexpr int kStyles = 27;

std::string_view style_name(Style style);
std::optional<Style> style_named(std::string_view name);
std::vector<std::string> style_names();
// All but mixed and any.
std::vector<Style> single_styles();

// Which rows and digits in a row pictures of this style have, where nobody asks for others.
Range usual_rows(Style style);
Range usual_digits(Style style);

// One of single_styles().
Style settle(Style style, Random& random);

// Which effects one picture has.
class Effects {
  public:
    // Draws the older effects from `page` in a fixed number of draws; each other one from numbers of its own.
    Effects(Style style, std::span<const Effect> with, std::span<const Effect> without, Random& page,
            std::uint64_t seed, std::uint32_t index);
    bool operator()(Effect effect) const { return has_[static_cast<int>(effect)]; }
    std::vector<Effect> list() const;

    // What `effect` alone draws from in this picture: another effect leaves all else as it was.
    Random numbers(Effect effect) const;

  private:
    void settle_conflicts();

    std::array<bool, kEffects> has_{};
    std::uint64_t seed_;
    std::uint32_t index_;
};

// Those of `effects` that give way to others of them.
std::vector<Effect> conflicting(std::span<const Effect> effects);

// The chance of `effect` in a picture of a style that is neither mixed nor any.
float chance_of(Effect effect, Style style);

}  // namespace chiffre::synthesis
