// letters.cpp -- the table of forms, drawn by hand for this project on a grid of tenths of the digits' height.
#include "synthesis/letters.h"

#include <array>
#include <string_view>

namespace chiffre::synthesis {

namespace {

struct Form {
    char letter;
    // Knots "xy" in tenths, 0-9 and A.. for 10 and on, '!' after a corner; '|' lifts the pen.
    std::string_view path;
};

constexpr std::array kForms = std::to_array<Form>({
    {'A', "0A 15 30! 45 6A | 16 56"},
    {'B', "00 05 0A | 00 30 52 44 05! 45 67 59 0A"},
    {'C', "62 40 12 05 19 4A 68"},
    {'D', "00 05 0A | 00 42 65 49 0A"},
    {'E', "50 00! 05 0A! 5A | 05 45"},
    {'F', "50 00! 05 0A | 05 45"},
    {'G', "62 40 12 05 19 4A 68! 66! 46"},
    {'H', "00 05 0A | 60 65 6A | 05 65"},
    {'I', "00 05 0A"},
    {'J', "40 45 48 2A 09"},
    {'K', "00 05 0A | 50 05! 5A"},
    {'L', "00 05 0A! 5A"},
    {'M', "0A 05 10! 46! 70! 85 8A"},
    {'N', "0A 05 00! 35 6A! 65 60"},
    {'O', "30 12 05 19 4A 68 65 51 20"},
    {'P', "0A 05 00! 40 53 46 05"},
    {'Q', "30 12 05 19 4A 68 65 51 20 | 47 6B"},
    {'R', "0A 05 00! 40 53 45 05! 37 6A"},
    {'S', "52 30 02 34 57 4A 19 08"},
    {'T', "00 30 60 | 30 35 3A"},
    {'U', "00 06 19 4A 68 60"},
    {'V', "00 25 3A! 45 60"},
    {'W', "00 15 2A! 44! 6A! 75 80"},
    {'X', "00 35 6A | 60 35 0A"},
    {'Y', "00 35! 60 | 35 3A"},
    {'Z', "00 50! 25 0A! 5A"},
    {'a', "45 24 06 08 2A 47! 44! 47 5A"},
    {'b', "00 05 0A! 07 25 47 4A 2A 09"},
    {'c', "45 24 06 09 2A 49"},
    {'d', "46 24 06 09 2A 48! 40! 45 5A"},
    {'e', "07 47! 35 14 06 09 2A 49"},
    {'f', "41 20 14 19 1A | 04 34"},
    {'g', "45 24 06 09 29 46! 44! 4A 3D 0C"},
    {'h', "00 05 0A! 07 24 46 4A"},
    {'i', "04 07 0A | 01 02"},
    {'j', "24 28 2B 0D | 21 22"},
    {'k', "00 05 0A | 34 07! 4A"},
    {'l', "00 05 09 1A"},
    {'m', "04 07 0A! 07 24 36 3A! 37 54 66 6A"},
    {'n', "04 07 0A! 07 24 46 4A"},
    {'o', "24 06 08 2A 48 46 34 14"},
    {'p', "04 08 0D! 06 24 46 48 2A 09"},
    {'q', "45 24 06 09 29 46! 44! 49 4D"},
    {'r', "04 07 0A! 07 14 35"},
    {'s', "35 14 06 37 39 1A 09"},
    {'t', "10 15 19 3A | 03 33"},
    {'u', "04 08 2A 47! 44! 47 4A"},
    {'v', "04 2A! 44"},
    {'w', "04 1A! 35! 5A! 64"},
    {'x', "04 4A | 44 0A"},
    {'y', "04 29! | 44 29 0D"},
    {'z', "04 44! 0A! 4A"},
    {'+', "05 65 | 32 38"},
    {'-', "05 25 55"},
    {'*', "13 57 | 53 17"},
    {'=', "04 34 64 | 07 37 67"},
    {'/', "50 35 0A"},
    {'.', "09 0A"},
    {',', "19 1A 0C"},
    {':', "04 05 | 09 0A"},
    {'(', "20 05 2B"},
    {')', "00 25 0B"},
    {'#', "20 1A | 50 4A | 03 73 | 07 67"},
    {'%', "60 35 0A | 10 02 24 32 10 | 56 48 6A 78 56"},
    {'>', "05 35 65 95 | 72 95! 78"},
});

int tenths(char c) {
    return c >= 'A' ? c - 'A' + 10 : c - '0';
}

}  // namespace

std::vector<std::vector<Knot>> letter_form(char letter) {
    std::vector<std::vector<Knot>> strokes;
    for (const Form& form : kForms) {
        if (form.letter != letter) continue;
        strokes.emplace_back();
        for (std::size_t i = 0; i < form.path.size();) {
            if (form.path[i] == ' ') {
                ++i;
            } else if (form.path[i] == '!') {
                strokes.back().back().corner = true, ++i;
            } else if (form.path[i] == '|') {
                strokes.emplace_back(), ++i;
            } else {
                const auto at = [&](std::size_t place) { return 0.1f * static_cast<float>(tenths(form.path[place])); };
                strokes.back().push_back({at(i), at(i + 1)});
                i += 2;
            }
        }
    }
    return strokes;
}

}  // namespace chiffre::synthesis
