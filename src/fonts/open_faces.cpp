// open_faces.cpp -- which faces are fit, with the reasons.
#include "fonts/open_faces.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "error.h"

namespace chiffre::fonts {

namespace {

// Fonts whose Unicode map has digits that nobody would read as such: dingbats, weather signs, drawn keys, faces.
constexpr std::array<std::string_view, 4> kNoFigures{"D050000L", "DSEG Weather", "DSEG7 7SEGGCHAN",
                                                     "Linux Biolinum Keyboard"};

// Families of one display font are all kept for validation: the training set draws its own seven segments.
constexpr std::string_view kDisplayFamily = "DSEG";
constexpr std::uint32_t kHeldBackOneIn = 8;

using Library = std::unique_ptr<std::remove_pointer_t<FT_Library>, decltype(&FT_Done_FreeType)>;
using OpenFace = std::unique_ptr<std::remove_pointer_t<FT_Face>, decltype(&FT_Done_Face)>;

std::vector<std::filesystem::path> font_files(const std::filesystem::path& folder) {
    static const std::set<std::string> kExtensions{".ttf", ".otf", ".ttc"};
    if (!std::filesystem::is_directory(folder))
        throw Error(ErrorCode::not_found, folder.string() + ": expected a folder of fonts, found none");
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             folder, std::filesystem::directory_options::skip_permission_denied))
        if (kExtensions.contains(entry.path().extension().string()) && entry.is_regular_file())
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

bool is_unfit(std::string_view family) {
    return std::any_of(kNoFigures.begin(), kNoFigures.end(),
                       [&](std::string_view name) { return family.starts_with(name); });
}

// The first two words: "Noto Sans Bengali" and 30 more of its kind draw digits alike and count as "Noto Sans".
std::string family_name(const std::string& full_name) {
    const std::size_t first = full_name.find(' ');
    if (first == std::string::npos) return full_name;
    return full_name.substr(0, full_name.find(' ', first + 1));
}

bool is_held_back(const std::string& family) {
    if (family.starts_with(kDisplayFamily)) return true;
    const std::string first_word = family.substr(0, family.find(' '));
    const auto* bytes = reinterpret_cast<const Bytef*>(first_word.data());
    return static_cast<std::uint32_t>(crc32_z(0, bytes, first_word.size())) % kHeldBackOneIn == 0;
}

}  // namespace

void for_each_face(const std::filesystem::path& folder, const std::function<void(const Face&)>& visit) {
    FT_Library started = nullptr;
    if (FT_Init_FreeType(&started) != 0) throw Error(ErrorCode::usage, "FreeType cannot be started");
    const Library library(started, FT_Done_FreeType);
    for (const std::filesystem::path& file : font_files(folder)) {
        FT_Face raw = nullptr;
        if (FT_New_Face(library.get(), file.c_str(), 0, &raw) != 0) continue;  // not a font after all
        const OpenFace face(raw, FT_Done_Face);
        if (!FT_IS_SCALABLE(raw) || FT_HAS_COLOR(raw) || raw->family_name == nullptr) continue;
        if (FT_Select_Charmap(raw, FT_ENCODING_UNICODE) != 0) continue;
        if (is_unfit(raw->family_name)) continue;
        const std::string family = family_name(raw->family_name);
        visit({raw, family, family.starts_with(kDisplayFamily), is_held_back(family)});
    }
}

}  // namespace chiffre::fonts
