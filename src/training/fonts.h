// fonts.h -- printed figures and letters, rendered by FreeType from the fonts that a machine has.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "glyphs.h"

namespace chiffre::training {

struct FontFamily {
    std::string name;      // the first two words of it
    bool display = false;  // imitates a seven-segment display; always held back
    bool held_back =
        false;  // for validation: chosen by a hash of the name's first word, so that relatives stay together
    LabelledGlyphs digits;   // of all its faces, at two sizes
    LabelledGlyphs letters;  // letters and punctuation that are no digit; labels kNoDigit
};

// All outline fonts in `folder` and below that have ten different digits, by family, in the order of names. Faces that
// draw the same digits as one before (aliases, other scripts' fonts with the same Latin part) are left out.
// Throws Error: not_found, bad_data (no usable font there).
std::vector<FontFamily> load_fonts(const std::filesystem::path& folder);

}  // namespace chiffre::training
