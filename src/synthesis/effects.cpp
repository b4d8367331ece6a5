// effects.cpp -- the tables of effects and styles.
#include "synthesis/effects.h"

#include <algorithm>

namespace chiffre::synthesis {

namespace {

// The chance of an effect in each of the four general styles, and in those about another condition.
struct EffectRow {
    std::string_view name;
    float plain, paper, board, hard, moderate;
};

constexpr std::array<EffectRow, kEffects> kEffectTable = {{
    {"colour", 0, 0.65f, 0.2f, 0.5f, 0.5f},
    {"pencil", 0, 0.15f, 0, 0.35f, 0.12f},
    {"tinted", 0, 0.3f, 0, 0.6f, 0.2f},
    {"texture", 0, 0.9f, 0.8f, 1, 0.9f},
    {"ruled", 0, 0.25f, 0.05f, 0.4f, 0},
    {"squared", 0, 0.15f, 0, 0.3f, 0},
    {"gradient", 0, 0.9f, 0.7f, 1, 0.8f},
    {"shadow", 0, 0.2f, 0.1f, 0.6f, 0.08f},
    {"vignette", 0, 0.4f, 0.3f, 0.7f, 0.3f},
    {"tilt", 0, 0.7f, 0.6f, 1, 0.6f},
    {"perspective", 0, 0.5f, 0.5f, 0.9f, 0.3f},
    {"table", 0, 0.15f, 0, 0.4f, 0.08f},
    {"blur", 0, 0.5f, 0.5f, 0.9f, 0.35f},
    {"noise", 0, 0.8f, 0.8f, 1, 0.8f},
    {"small", 0, 0.15f, 0.1f, 0.3f, 0.1f},
    {"board", 0, 0, 1, 0.1f, 0},
    {"faint", 0, 0, 0, 0, 0},
    {"standing", 0, 0, 0, 0, 0},
    {"cast", 0, 0, 0, 0, 0},
    {"dim", 0, 0, 0, 0, 0.03f},
    {"glare", 0, 0, 0, 0, 0.03f},
    {"touching", 0, 0, 0, 0, 0},
    {"triples", 0, 0, 0, 0, 0},
    {"broken", 0, 0, 0, 0, 0},
    {"letters", 0, 0, 0, 0, 0},
    {"display", 0, 0, 0, 0, 0},
    {"turned", 0, 0, 0, 0, 0},
    {"slanted", 0, 0, 0, 0, 0},
    {"bowed", 0, 0, 0, 0, 0.05f},
    {"steep", 0, 0, 0, 0, 0},
    {"columns", 0, 0, 0, 0, 0},
    {"scattered", 0, 0, 0, 0, 0},
    {"cells", 0, 0, 0, 0, 0},
    {"comb", 0, 0, 0, 0, 0},
    {"sudoku", 0, 0, 0, 0, 0},
    {"coarse", 0, 0, 0, 0, 0},
    {"cropped", 0, 0, 0, 0, 0},
    {"blocks", 0, 0, 0, 0, 0.06f},
    {"bleed", 0, 0, 0, 0, 0.02f},
    {"stains", 0, 0, 0, 0, 0.04f},
    {"printed", 0, 0, 0, 0, 0},
    {"bold", 0, 0, 0, 0, 0.1f},
    {"framed", 0, 0, 0, 0, 0.03f},
    {"stamp", 0, 0, 0, 0, 0.02f},
    {"inverse", 0, 0, 0, 0, 0},
    {"uneven", 0, 0, 0, 0, 0},
    {"outlined", 0, 0, 0, 0, 0},
}};
static_assert(kEffectTable.back().name == "outlined");

constexpr int kSharedNumbers = static_cast<int>(Effect::faint);  // effects before it draw from the page's numbers

struct Change {
    Effect effect;
    float chance;
};

constexpr Range kUsualRows{1, 8}, kUsualDigits{1, 12};

struct StyleRow {
    std::string_view name;
    std::vector<Change> changes;  // against moderate
    Range rows = kUsualRows, digits = kUsualDigits;
};

const std::array<StyleRow, kStyles>& style_table() {
    using enum Effect;
    static const std::array<StyleRow, kStyles> styles = {{
        {"plain", {}},
        {"paper", {}},
        {"board", {}},
        {"hard", {}},
        {"mixed", {}},
        {"shadows", {{shadow, 0.75f}, {cast, 0.55f}, {gradient, 1}, {table, 0.15f}, {pencil, 0.08f}}},
        {"ruled", {{ruled, 1}, {standing, 0.6f}, {bold, 0.4f}, {shadow, 0.1f}}},
        {"squared", {{squared, 1}, {standing, 0.6f}, {bold, 0.4f}, {shadow, 0.1f}}},
        {"touching", {{touching, 1}, {ruled, 0.08f}, {squared, 0.05f}}, {1, 6}, {2, 10}},
        {"touching-triples", {{triples, 1}, {ruled, 0.08f}, {squared, 0.05f}}, {1, 6}, {3, 10}},
        {"broken", {{broken, 1}, {ruled, 0.05f}, {faint, 0.1f}}},
        {"letters",
         {{letters, 1}, {ruled, 0.15f}, {squared, 0.1f}, {printed, 0.15f}, {framed, 0.2f}, {stamp, 0.08f}},
         {1, 7},
         {1, 8}},
        {"turned", {{turned, 1}, {ruled, 0.15f}, {squared, 0.08f}, {table, 0.15f}}, {1, 8}, {3, 12}},
        {"bowed", {{bowed, 1}, {slanted, 0.5f}, {ruled, 0.15f}, {table, 0.15f}}, {1, 8}, {3, 12}},
        {"perspective", {{perspective, 1}, {steep, 0.7f}, {ruled, 0.12f}, {squared, 0.12f}, {table, 0.3f}}},
        {"seven-segment", {{display, 1}, {blur, 0.5f}, {small, 0.25f}}, {1, 3}, {1, 8}},
        {"table", {{table, 1}, {ruled, 0.2f}, {squared, 0.1f}, {small, 0.3f}, {shadow, 0.25f}, {stains, 0.1f}}},
        {"forms", {{cells, 1}, {comb, 0.35f}, {sudoku, 0.4f}, {printed, 0.3f}, {tilt, 0.9f}}, {1, 9}, {1, 10}},
        {"columns", {{columns, 1}, {ruled, 0.15f}, {squared, 0.1f}, {letters, 0}}, {2, 10}, {2, 14}},
        {"scattered", {{scattered, 1}, {slanted, 0.5f}, {small, 0.3f}}, {2, 8}, {1, 8}},
        {"faint", {{faint, 1}, {pencil, 0.6f}, {ruled, 0.2f}, {dim, 0.15f}, {shadow, 0.2f}}, {1, 5}, {1, 8}},
        {"coarse", {{coarse, 1}, {blur, 0.5f}, {blocks, 0.4f}, {pencil, 0.05f}}},
        {"cropped", {{cropped, 1}, {ruled, 0.08f}, {squared, 0.05f}, {small, 0}}, {1, 2}, {1, 5}},
        {"bleed", {{bleed, 1}, {ruled, 0.15f}, {stains, 0.3f}}},
        {"printed", {{printed, 1}, {stains, 0.1f}, {pencil, 0}}},
        {"uneven", {{uneven, 1}, {slanted, 0.3f}, {ruled, 0.1f}, {small, 0.2f}}},
        {"any", {}},
    }};
    return styles;
}

const StyleRow& row_of(Style style) {
    return style_table()[static_cast<std::size_t>(style)];
}

bool names(std::span<const Effect> list, Effect effect) {
    return std::find(list.begin(), list.end(), effect) != list.end();
}

Random own_numbers(Effect effect, std::uint64_t seed, std::uint32_t index) {
    constexpr std::uint32_t kFirst = 64;  // clear of the numbers that draw_scene() uses
    return {seed, training::Stream::pages, kFirst + static_cast<std::uint32_t>(effect), index};
}

float own_chance(Effect effect, std::uint64_t seed, std::uint32_t index) {
    return own_numbers(effect, seed, index).uniform();
}

}  // namespace

std::string_view effect_name(Effect effect) {
    return kEffectTable[static_cast<std::size_t>(effect)].name;
}

std::optional<Effect> effect_named(std::string_view name) {
    for (int i = 0; i < kEffects; ++i)
        if (kEffectTable[i].name == name) return static_cast<Effect>(i);
    return std::nullopt;
}

std::string_view style_name(Style style) {
    return row_of(style).name;
}

std::optional<Style> style_named(std::string_view name) {
    for (int i = 0; i < kStyles; ++i)
        if (const auto style = static_cast<Style>(i); style_name(style) == name) return style;
    return std::nullopt;
}

std::vector<std::string> style_names() {
    std::vector<std::string> names;
    for (const StyleRow& row : style_table()) names.emplace_back(row.name);
    return names;
}

std::vector<Style> single_styles() {
    std::vector<Style> styles;
    for (int i = 0; i < kStyles; ++i)
        if (const auto style = static_cast<Style>(i); style != Style::mixed && style != Style::any)
            styles.push_back(style);
    return styles;
}

Range usual_rows(Style style) {
    return row_of(style).rows;
}

Range usual_digits(Style style) {
    return row_of(style).digits;
}

Style settle(Style style, Random& random) {
    constexpr std::array kMixed = {Style::plain, Style::paper, Style::paper, Style::board, Style::hard};
    if (style == Style::mixed) return kMixed[random.below(kMixed.size())];
    if (style != Style::any) return style;
    const std::vector<Style> all = single_styles();
    return all[random.below(static_cast<int>(all.size()))];
}

float chance_of(Effect effect, Style style) {
    const EffectRow& row = kEffectTable[static_cast<std::size_t>(effect)];
    switch (style) {
        case Style::plain:
            return row.plain;
        case Style::paper:
            return row.paper;
        case Style::board:
            return row.board;
        case Style::hard:
            return row.hard;
        default:
            break;
    }
    for (const Change& change : row_of(style).changes)
        if (change.effect == effect) return change.chance;
    return row.moderate;
}

Effects::Effects(Style style, std::span<const Effect> with, std::span<const Effect> without, Random& page,
                 std::uint64_t seed, std::uint32_t index)
    : seed_(seed), index_(index) {
    for (int i = 0; i < kEffects; ++i) {
        const auto effect = static_cast<Effect>(i);
        const float chance = chance_of(effect, style);
        const bool drawn = i < kSharedNumbers ? page.chance(chance) : own_chance(effect, seed, index) < chance;
        has_[i] = !names(without, effect) && (drawn || names(with, effect));
    }
    settle_conflicts();
}

// Of things that cannot be together the more special one stays.
void Effects::settle_conflicts() {
    const auto drop = [&](std::initializer_list<Effect> effects) {
        for (const Effect effect : effects) has_[static_cast<int>(effect)] = false;
    };
    using enum Effect;
    // A display is no paper, and its figures are not written.
    if ((*this)(display))
        drop({colour,  pencil, tinted,  ruled,  squared, board,     faint,   standing, touching,
              triples, broken, slanted, bowed,  columns, scattered, cells,   comb,     sudoku,
              bleed,   stains, printed, framed, stamp,   uneven,    outlined});
    if ((*this)(sudoku)) drop({comb, cells});
    if ((*this)(comb)) drop({cells});
    if ((*this)(sudoku) || (*this)(comb) || (*this)(cells))
        drop({columns, scattered, touching, triples, letters, ruled, squared, slanted, framed});
    if ((*this)(columns)) drop({scattered, letters});
    if ((*this)(scattered)) drop({letters, ruled, squared});
    if ((*this)(printed)) drop({pencil, touching, triples, broken, standing, uneven});
    if ((*this)(outlined)) drop({pencil, faint, small, touching, triples, broken, coarse, printed});
    if ((*this)(triples)) drop({touching});
    // Darker than the writing, the lines would hide it from a person too.
    if ((*this)(pencil) || (*this)(faint)) drop({bold});
    if ((*this)(board)) drop({faint, bleed, stains, stamp, table});
    // A label is stuck on one row of paper, over its lines.
    if ((*this)(board) || (*this)(display) || (*this)(columns) || (*this)(cells) || (*this)(comb) || (*this)(sudoku))
        drop({inverse});
    if ((*this)(inverse)) drop({letters, framed, ruled, squared, slanted, faint, bleed, scattered});
}

Random Effects::numbers(Effect effect) const {
    Random random = own_numbers(effect, seed_, index_);
    random.next();  // decided whether the picture has the effect
    return random;
}

std::vector<Effect> conflicting(std::span<const Effect> effects) {
    Random page(0, training::Stream::pages, 0, 0);
    const Effects together(Style::plain, effects, {}, page, 0, 0);
    std::vector<Effect> lost;
    for (const Effect effect : effects)
        if (!together(effect)) lost.push_back(effect);
    return lost;
}

std::vector<Effect> Effects::list() const {
    std::vector<Effect> all;
    for (int i = 0; i < kEffects; ++i)
        if (has_[i]) all.push_back(static_cast<Effect>(i));
    return all;
}

}  // namespace chiffre::synthesis
