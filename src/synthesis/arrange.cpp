// arrange.cpp -- see arrange.h.
#include "synthesis/arrange.h"

#include <algorithm>

#include "error.h"
#include "synthesis/texts.h"

namespace chiffre::synthesis {

namespace {

// Heights that a digit takes in a row, gaps between groups included, and a row in the picture: nearly always enough.
struct Room {
    float width = 1.5f, height = 1.9f;
};

Room room_for(const Effects& has) {
    using enum Effect;
    if (has(sudoku)) return {2.1f, 2.1f};
    if (has(comb)) return {1.6f, 2.6f};
    if (has(cells) || has(columns)) return {3.2f, 2.3f};
    if (has(scattered)) return {2.2f, 2.6f};
    if (has(letters)) return {2.6f, 1.9f};
    if (has(slanted) || has(uneven)) return {1.5f, 2.6f};
    return {};
}

Range limited(Range range, float room, float each) {
    const int fits = static_cast<int>(room / (each * kLeastDigitPx));
    return {range.low, std::max(range.low, std::min(range.high, fits))};
}

// Where a range is the style's and not the user's, what the effects need raises it.
Range raised(Range range, int least) {
    return {std::max(range.low, least), std::max(range.high, least)};
}

Layout draw_letters(const Counts& counts, const LayoutRules& rules, const Writing& writing, const Effects& has,
                    Random& texts, Random& pen) {
    constexpr float kBare = 0.15f;  // of the rows
    Random own = has.numbers(Effect::letters);
    std::vector<std::string> rows = draw_texts(counts.rows, counts.digits, texts);
    for (std::string& row : rows) {
        if (own.chance(kBare)) continue;
        row = has(Effect::display) ? with_points(row, own) : with_signs(row, own);
    }
    return draw_layout(rows, rules, writing.script, pen, own);
}

// More gaps, so that there is something to scatter.
std::string split_up(const std::string& text, Random& random) {
    std::string split;
    for (const char c : text) {
        if (!split.empty() && split.back() != ' ' && c != ' ' && random.chance(0.25f)) split += ' ';
        split += c;
    }
    return split;
}

Script choose_hand(const SceneOptions& options, const Hand& hand, const Effects& has, Random traced) {
    constexpr float kTraced = 0.5f;
    // A trace that breaks needs strokes.
    if (has(Effect::broken)) return broken_script(hand_script(hand), hand.pen_width, has.numbers(Effect::broken));
    if (options.traced && traced.chance(kTraced))
        return traced_script(hand_script(hand), *options.traced, hand, traced);
    return hand_script(hand);
}

}  // namespace

Writing choose_script(const SceneOptions& options, const Hand& hand, const Effects& has, Random traced) {
    if (has(Effect::display)) {
        Random own = has.numbers(Effect::display);
        return {display_script(draw_display_style(own)), ""};
    }
    if (has(Effect::printed)) {
        if (options.fonts.empty()) throw Error(ErrorCode::usage, "printed figures need fonts, found none");
        Random own = has.numbers(Effect::printed);
        const auto font = static_cast<std::size_t>(own.below(static_cast<int>(options.fonts.size())));
        return {print_script(options.fonts[font]), options.fonts[font].family};
    }
    Script script = choose_hand(options, hand, has, traced);
    if (has(Effect::uneven)) script = uneven_script(std::move(script), has.numbers(Effect::uneven));
    return {std::move(script), ""};
}

Counts fitting(const SceneOptions& options, Style style, const Effects& has) {
    const int least = has(Effect::triples) ? 3 : has(Effect::touching) ? 2 : 1;
    const Room room = room_for(has);
    const Range rows = options.rows.value_or(usual_rows(style));
    const Range digits = raised(options.digits.value_or(usual_digits(style)), least);
    return {limited(rows, kTextShare * static_cast<float>(options.height), room.height),
            limited(digits, kTextShare * static_cast<float>(options.width), room.width)};
}

Layout arrange(const Counts& counts, float line_pitch, const Writing& writing, const Effects& has, Random& texts,
               Random& pen) {
    using enum Effect;
    const auto [rows, digits] = counts;
    const Script& script = writing.script;
    if (has(sudoku)) {
        Random own = has.numbers(sudoku);
        return draw_sudoku(draw_grid(rows, digits, own), script, own);
    }
    if (has(comb)) {
        Random own = has.numbers(comb);
        return draw_comb(draw_texts(rows, digits, texts), script, own);
    }
    if (has(cells) || has(columns)) {
        Random own = has.numbers(has(cells) ? cells : columns);
        const bool words = has(cells) && own.chance(0.3f);
        return draw_table(draw_columns(rows, digits, words, own), has(cells), script, own);
    }
    if (has(scattered)) {
        Random own = has.numbers(scattered);
        std::vector<std::string> split = draw_texts(rows, digits, texts);
        for (std::string& text : split) text = split_up(text, own);
        return draw_scattered(split, has(slanted), script, own);
    }
    LayoutRules rules;
    rules.line_pitch = line_pitch;
    rules.joining = has(triples) ? Joining::triples : has(touching) ? Joining::pairs : Joining::none;
    rules.slanted = has(slanted);
    if (has(letters)) return draw_letters(counts, rules, writing, has, texts, pen);
    Random own = has.numbers(has(display) ? display : has(triples) ? triples : has(touching) ? touching : slanted);
    std::vector<std::string> all = draw_texts(rows, digits, texts);
    if (has(display)) {
        own.go_to(kDisplayTextDraws);
        for (std::string& text : all) text = with_points(text, own);
    }
    return draw_layout(all, rules, script, pen, own);
}

}  // namespace chiffre::synthesis
