// fonts.cpp -- which faces and which characters are fit to learn from is decided here, with the reasons.
#include "fonts.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "error.h"
#include "fonts/open_faces.h"
#include "samples.h"

namespace chiffre::training {

namespace {

constexpr int kSmall_px = 40, kLarge_px = 80;  // em sizes: figures a little larger than the frame, and clean ones

// Characters that are no digit. Left out because somebody's digit looks like them:
//   0: O o D Q    1: I i j J l | ! / \ ' ` ( ) [ ] { } , ;    2: Z z ?    4: A Y y u    5: S s $    6: b G h &
//   7: T F (with a bar, European 7), ^    8: B &    9: g q P p e a
constexpr std::string_view kLetters = "CEHKLMNRUVWXcdfkmnrtvwx+-=*#%@<>~_:.\"";

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

void append(LabelledGlyphs& all, const LabelledGlyphs& more) {
    for (int i = 0; i < more.size(); ++i) all.add(more.glyphs[i], more.labels[i]);
}

}  // namespace

std::vector<FontFamily> load_fonts(const std::filesystem::path& folder) {
    std::map<std::string, FontFamily> families;
    std::set<std::uint32_t> seen;
    fonts::for_each_face(folder, [&](const fonts::Face& face) {
        LabelledGlyphs digits;
        if (!render_digits(face.opened, digits)) return;
        if (!seen.insert(crc_of(digits.glyphs.data(), digits.glyphs.size() * sizeof(Glyph))).second) return;

        FontFamily& family = families[face.family];
        family.name = face.family;
        family.held_back = face.held_back;
        append(family.digits, digits);
        // A display font's letters are made of the segments of digits: S is 5, b is 6.
        family.display = face.display;
        if (!family.display) render_letters(face.opened, family.letters);
    });
    if (families.empty())
        throw Error(ErrorCode::bad_data, folder.string() + ": expected fonts with digits, found none");
    std::vector<FontFamily> all;
    all.reserve(families.size());
    for (auto& [name, family] : families) all.push_back(std::move(family));
    return all;
}

}  // namespace chiffre::training
