// print.h -- printed figures and letters as outlines, from the fonts that a machine has.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "synthesis/shape.h"

namespace chiffre::synthesis {

// One character: the height of the font's 0 is 1, its baseline lies at y = 1, its origin at x = 0.
struct PrintedSign {
    std::vector<Outline> outlines;
    float advance = 0;
};

struct FontFigures {
    std::string family;
    std::map<char, PrintedSign> signs;  // printable ASCII, as far as the font has it; all digits
};

// Faces with ten different digits, in the order of their files, at most kFacesPerFamily of a family: those that
// training learns from, or those that it holds back; display fonts are never among them.
// Throws Error: not_found, bad_data where there are none.
inline constexpr int kFacesPerFamily = 3;
std::vector<FontFigures> load_figures(const std::filesystem::path& folder, bool held_back);

}  // namespace chiffre::synthesis
