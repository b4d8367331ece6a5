// fonts.cpp -- which faces and which characters are fit to learn from is decided here, with the reasons.
#include "fonts.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "error.h"
#include "samples.h"

#ifdef CHIFFRE_FREETYPE
#include <ft2build.h>
#include FT_FREETYPE_H
#endif

namespace chiffre::training {

#ifndef CHIFFRE_FREETYPE

std::vector<FontFamily> load_fonts(const std::filesystem::path&) {
    throw Error(ErrorCode::usage, "printed figures need FreeType, and this program was built without it");
}

#else

namespace {

constexpr int kSmall_px = 40, kLarge_px = 80;  // em sizes: figures a little larger than the frame, and clean ones

// Characters that are no digit. Left out because somebody's digit looks like them:
//   0: O o D Q    1: I i j J l | ! / \ ' ` ( ) [ ] { } , ;    2: Z z ?    4: A Y y u    5: S s $    6: b G h &
//   7: T F (with a bar, European 7), ^    8: B &    9: g q P p e a
constexpr std::string_view kLetters = "CEHKLMNRUVWXcdfkmnrtvwx+-=*#%@<>~_:.\"";

// Fonts whose Unicode map has digits that nobody would read as such: dingbats, weather signs, drawn keys, faces.
constexpr std::array<std::string_view, 4> kNoFigures{"D050000L", "DSEG Weather", "DSEG7 7SEGGCHAN",
                                                     "Linux Biolinum Keyboard"};

// Families of one display font are all kept for validation: the training set draws its own seven segments.
constexpr std::string_view kDisplayFamily = "DSEG";
constexpr std::uint32_t kHeldBackOneIn = 8;

using Library = std::unique_ptr<std::remove_pointer_t<FT_Library>, decltype(&FT_Done_FreeType)>;
using Face = std::unique_ptr<std::remove_pointer_t<FT_Face>, decltype(&FT_Done_Face)>;

std::uint32_t crc_of(const void* bytes, std::size_t size, std::uint32_t crc = 0) {
    return static_cast<std::uint32_t>(crc32_z(crc, static_cast<const Bytef*>(bytes), size));
}

// Empty where the face has no such character or draws nothing.
Glyph render(FT_Face face, char character, int em_px) {
    if (FT_Get_Char_Index(face, static_cast<FT_ULong>(character)) == 0) return {};
    if (FT_Set_Pixel_Sizes(face, 0, static_cast<FT_UInt>(em_px)) != 0) return {};
    if (FT_Load_Char(face, static_cast<FT_ULong>(character), FT_LOAD_RENDER | FT_LOAD_NO_BITMAP) != 0) return {};
    const FT_Bitmap& bitmap = face->glyph->bitmap;
    const int w = static_cast<int>(bitmap.width), h = static_cast<int>(bitmap.rows);
    if (bitmap.pixel_mode != FT_PIXEL_MODE_GRAY || w == 0 || h == 0 || std::max(w, h) > kMaxResize) return {};
    return to_glyph({bitmap.buffer, w, h, bitmap.pitch});
}

bool is_empty(const Glyph& glyph) {
    return std::all_of(glyph.ink.begin(), glyph.ink.end(), [](std::uint8_t ink) { return ink == 0; });
}

// Symbol fonts have no Unicode map or none of the digits; some fonts put one placeholder in all places.
bool render_digits(FT_Face face, LabelledGlyphs& digits) {
    std::set<std::uint32_t> shapes;
    for (int digit = 0; digit < kClasses; ++digit) {
        const Glyph glyph = render(face, static_cast<char>('0' + digit), kLarge_px);
        if (is_empty(glyph)) return false;
        shapes.insert(crc_of(glyph.ink.data(), glyph.ink.size()));
        digits.add(glyph, digit);
    }
    if (shapes.size() != kClasses) return false;
    for (int digit = 0; digit < kClasses; ++digit)
        digits.add(render(face, static_cast<char>('0' + digit), kSmall_px), digit);
    return true;
}

void render_letters(FT_Face face, LabelledGlyphs& letters) {
    for (const char character : kLetters) {
        const Glyph glyph = render(face, character, kLarge_px);
        if (!is_empty(glyph)) letters.add(glyph, kNoDigit);
    }
}

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
    return crc_of(first_word.data(), first_word.size()) % kHeldBackOneIn == 0;
}

void append(LabelledGlyphs& all, const LabelledGlyphs& more) {
    for (int i = 0; i < more.size(); ++i) all.add(more.glyphs[i], more.labels[i]);
}

}  // namespace

std::vector<FontFamily> load_fonts(const std::filesystem::path& folder) {
    FT_Library opened = nullptr;
    if (FT_Init_FreeType(&opened) != 0) throw Error(ErrorCode::usage, "FreeType cannot be started");
    const Library library(opened, FT_Done_FreeType);

    std::map<std::string, FontFamily> families;
    std::set<std::uint32_t> seen;
    for (const std::filesystem::path& file : font_files(folder)) {
        FT_Face raw = nullptr;
        if (FT_New_Face(library.get(), file.c_str(), 0, &raw) != 0) continue;  // not a font after all
        const Face face(raw, FT_Done_Face);
        if (!FT_IS_SCALABLE(raw) || FT_HAS_COLOR(raw) || raw->family_name == nullptr) continue;
        if (FT_Select_Charmap(raw, FT_ENCODING_UNICODE) != 0) continue;
        const std::string name = family_name(raw->family_name);
        if (is_unfit(raw->family_name)) continue;
        LabelledGlyphs digits;
        if (!render_digits(raw, digits)) continue;
        if (!seen.insert(crc_of(digits.glyphs.data(), digits.glyphs.size() * sizeof(Glyph))).second) continue;

        FontFamily& family = families[name];
        family.name = name;
        family.held_back = is_held_back(family.name);
        append(family.digits, digits);
        // A display font's letters are made of the segments of digits: S is 5, b is 6.
        family.display = name.starts_with(kDisplayFamily);
        if (!family.display) render_letters(raw, family.letters);
    }
    if (families.empty())
        throw Error(ErrorCode::bad_data, folder.string() + ": expected fonts with digits, found none");
    std::vector<FontFamily> all;
    all.reserve(families.size());
    for (auto& [name, family] : families) all.push_back(std::move(family));
    return all;
}

#endif

}  // namespace chiffre::training
