// texts.cpp -- texts have the lengths that were asked for; all else is chance.
#include "synthesis/texts.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace chiffre::synthesis {

namespace {

constexpr int kLongestGroup = 5;

constexpr std::array<std::string_view, 30> kWords = {"Room", "No.",  "Nr.",  "Tel",  "Total", "Page",  "Date", "Bus",
                                                     "Gate", "Box",  "Item", "Line", "Flat",  "Class", "Sum",  "Order",
                                                     "Plan", "Team", "Anna", "Ben",  "Mark",  "Tim",   "Eva",  "Test",
                                                     "Code", "Seat", "Year", "Week", "Table", "Hall"};
constexpr std::array<std::string_view, 12> kUnits = {"kg", "cm", "km", "m", "min", "EUR",
                                                     "%",  "am", "pm", "h", "pcs", "x"};

std::string draw_digits(int n, Random& random) {
    std::string digits;
    for (int i = 0; i < n; ++i) digits += static_cast<char>('0' + random.below(10));
    return digits;
}

// n digits. Single digits far apart would leave open what is a gap and what is merely wide writing, so that a group has
// at least two.
std::string draw_text(int n, Random& random) {
    const bool one_group = n < 4 || random.chance(n <= kLongestGroup ? 0.6f : 0.25f);
    std::string text;
    for (int left = n; left > 0;) {
        int size = one_group ? n : integer({2, kLongestGroup}, random);
        if (left - size < 2) size = left;
        if (!text.empty()) text += ' ';
        text += draw_digits(size, random);
        left -= size;
    }
    return text;
}

// `digits` in `n` parts of at least one.
std::vector<std::string> parts_of(std::string digits, int n, Random& random) {
    std::vector<std::string> parts;
    for (; n > 1; --n) {
        const int room = static_cast<int>(digits.size()) - (n - 1);
        const auto size = static_cast<std::size_t>(integer({1, std::max(1, std::min(room, 3))}, random));
        parts.push_back(digits.substr(0, size));
        digits.erase(0, size);
    }
    parts.push_back(digits);
    return parts;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    std::string text;
    for (const std::string& part : parts) text.append(text.empty() ? "" : between).append(part);
    return text;
}

std::string sum(const std::string& digits, Random& random) {
    constexpr std::array<std::string_view, 4> kOperators = {" + ", " - ", " x ", " / "};
    const int numbers = std::min(static_cast<int>(digits.size()), 2 + random.below(2));
    if (numbers == 1) return random.chance(0.5f) ? "x = " + digits : digits + " =";
    const auto parts = parts_of(digits, numbers, random);
    // A division's stroke could be a 1 to anybody: rare.
    const std::string_view sign = kOperators[random.below(random.chance(0.1f) ? 4 : 3)];
    if (numbers == 2) return random.chance(0.5f) ? joined(parts, sign) + " =" : joined(parts, sign);
    return parts[0] + std::string(sign) + parts[1] + " = " + parts[2];
}

std::string punctuated(const std::string& digits, Random& random) {
    constexpr std::array<std::string_view, 4> kSeparators = {".", ",", ":", "-"};
    const int numbers = std::min(static_cast<int>(digits.size()), 2 + random.below(2));
    return joined(parts_of(digits, numbers, random), kSeparators[random.below(kSeparators.size())]);
}

std::string labelled(const std::string& text, Random& random) {
    switch (random.below(5)) {
        case 0:
            return "(" + text + ")";
        case 1:
            return "#" + text;
        case 2:
            return std::string(1, static_cast<char>('a' + random.below(6))) + ") " + text;
        case 3:
            return text + ".";
        default:
            return text + " > " + draw_word(random);
    }
}

}  // namespace

int integer(Range range, Random& random) {
    return range.low + random.below(range.high - range.low + 1);
}

std::vector<std::string> draw_texts(Range rows, Range digits, Random& random) {
    std::vector<std::string> texts(static_cast<std::size_t>(integer(rows, random)));
    const bool same_length = random.chance(0.5f);
    const int length = integer(digits, random);
    for (std::string& text : texts) text = draw_text(same_length ? length : integer(digits, random), random);
    return texts;
}

std::string draw_word(Random& random) {
    return std::string(kWords[random.below(kWords.size())]);
}

std::string with_signs(const std::string& text, Random& random) {
    std::string digits = text;
    std::erase(digits, ' ');
    const std::string unit(kUnits[random.below(kUnits.size())]);
    switch (random.below(8)) {
        case 0:
        case 1:
            return draw_word(random) + " " + text;
        case 2:
            return text + " " + unit;
        case 3:
        case 4:
            return sum(digits, random);
        case 5:
            return digits.size() < 2 ? labelled(digits, random) : punctuated(digits, random);
        case 6:
            return labelled(text, random);
        default:
            break;
    }
    if (digits.size() < 2) return text;
    const auto parts = parts_of(digits, 2, random);
    return random.chance(0.5f) ? draw_word(random) + " " + parts[0] + " " + draw_word(random) + " " + parts[1]
                               : parts[0] + " > " + parts[1];
}

std::string with_points(const std::string& text, Random& random) {
    std::string shown = text;
    std::erase(shown, ' ');
    const int n = static_cast<int>(shown.size());
    if (n == 4 && random.chance(0.6f)) return shown.insert(2, ":");
    if (n == 3 && random.chance(0.3f)) return shown.insert(1, ":");
    if (n > 1 && random.chance(0.4f)) shown.insert(static_cast<std::size_t>(1 + random.below(n - 1)), ".");
    return shown;
}

std::vector<std::string> draw_columns(Range rows, Range digits, bool words, Random& random) {
    const int total = integer(digits, random);
    const bool single = random.chance(0.3f);  // digits each by itself
    std::vector<int> lengths;
    for (int left = total; left > 0;) {
        const int length = single ? 1 : integer({1, std::min(left, 4)}, random);
        lengths.push_back(length);
        left -= length;
    }
    constexpr float kShorter = 0.25f, kEmpty = 0.06f;  // of the cells
    std::vector<std::string> texts;
    for (int row = integer(rows, random); row > 0; --row) {
        int spare = total - digits.low;
        std::string text = words ? draw_word(random) : "";
        for (const int length : lengths) {
            int n = length;
            if (spare >= length && random.chance(kEmpty))
                n = 0;
            else if (spare > 0 && length > 1 && random.chance(kShorter))
                n = length - 1;
            spare -= length - n;
            if (!text.empty()) text += ' ';
            text += n == 0 ? "_" : draw_digits(n, random);
        }
        texts.push_back(text);
    }
    return texts;
}

std::vector<std::string> draw_grid(Range rows, Range digits, Random& random) {
    constexpr int kSide = 9;
    const int most = std::min(digits.high, kSide), least = std::min(digits.low, most);
    const int columns = most < 4              ? most + random.below(3)
                        : random.chance(0.7f) ? kSide
                                              : integer({most, kSide}, random);
    std::vector<std::string> texts;
    for (int row = random.chance(0.6f) ? rows.high : integer(rows, random); row > 0; --row) {
        std::string cells(static_cast<std::size_t>(columns), '_');
        for (int left = integer({least, most}, random); left > 0;) {
            char& cell = cells[static_cast<std::size_t>(random.below(columns))];
            if (cell != '_') continue;
            cell = static_cast<char>('1' + random.below(9));
            --left;
        }
        std::string text;
        for (const char cell : cells) text.append(text.empty() ? "" : " ").push_back(cell);
        texts.push_back(text);
    }
    return texts;
}

}  // namespace chiffre::synthesis
