// open_faces.h -- the outline fonts that a machine has, opened one by one, and which of them have figures to learn
// from.
#pragma once

#include <ft2build.h>
#include FT_FREETYPE_H

#include <filesystem>
#include <functional>
#include <string>

namespace chiffre::fonts {

struct Face {
    FT_Face opened;      // scalable, Unicode; closed when the visit ends
    std::string family;  // the first two words of its name
    bool display;        // imitates a seven-segment display; always held back
    bool held_back;      // for validation: chosen by a hash of the name's first word, so that relatives stay together
};

// Calls `visit` for every outline font in `folder` and below, in the order of paths, fonts of pictures and symbols left
// out. Throws Error: not_found, and usage where FreeType cannot be started.
void for_each_face(const std::filesystem::path& folder, const std::function<void(const Face&)>& visit);

}  // namespace chiffre::fonts
