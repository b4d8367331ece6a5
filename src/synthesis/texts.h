// texts.h -- what is written: rows of digits, groups separated by one space, and what stands between them.
#pragma once

#include <string>
#include <vector>

#include "synthesis/effects.h"

namespace chiffre::synthesis {

int integer(Range range, Random& random);

// A row each.
std::vector<std::string> draw_texts(Range rows, Range digits, Random& random);

// The digits of `text` in their order with words, units, operators, brackets, separators or arrows: "Room 204",
// "3 + 4 = 7". Some texts stay as they are.
std::string with_signs(const std::string& text, Random& random);

// As a display shows them: a point or a colon in some, a space nowhere.
std::string with_points(const std::string& text, Random& random);

// Rows of cells, a space between two: numbers of similar length below each other, "_" where a cell is empty; with
// `words` the first cell of a row may be one.
std::vector<std::string> draw_columns(Range rows, Range digits, bool words, Random& random);

// Rows of as many cells each, at most nine, that hold one digit or none.
std::vector<std::string> draw_grid(Range rows, Range digits, Random& random);

// Of a page's other side, or of a row without digits.
std::string draw_word(Random& random);

}  // namespace chiffre::synthesis
