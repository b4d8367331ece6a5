// print.cpp -- outlines are taken from the font unhinted: a photograph knows nothing of pixels of a screen.
#include "synthesis/print.h"

#include "error.h"
#include "fonts/open_faces.h"
#include FT_OUTLINE_H

namespace chiffre::synthesis {

namespace {

constexpr int kStepsPerCurve = 6;  // straight pieces for a Bezier curve: below a pixel at 400 pixels of height

struct Path {
    std::vector<Outline> outlines;
    cv::Point2f at() const { return outlines.back().back(); }
};

cv::Point2f point(const FT_Vector* v) {
    return {static_cast<float>(v->x), -static_cast<float>(v->y)};
}

int move_to(const FT_Vector* to, void* user) {
    static_cast<Path*>(user)->outlines.push_back({point(to)});
    return 0;
}

int line_to(const FT_Vector* to, void* user) {
    static_cast<Path*>(user)->outlines.back().push_back(point(to));
    return 0;
}

int conic_to(const FT_Vector* control, const FT_Vector* to, void* user) {
    Path& path = *static_cast<Path*>(user);
    const cv::Point2f a = path.at(), b = point(control), c = point(to);
    for (int i = 1; i <= kStepsPerCurve; ++i) {
        const float t = static_cast<float>(i) / kStepsPerCurve, s = 1 - t;
        path.outlines.back().push_back(s * s * a + 2 * s * t * b + t * t * c);
    }
    return 0;
}

int cubic_to(const FT_Vector* first, const FT_Vector* second, const FT_Vector* to, void* user) {
    Path& path = *static_cast<Path*>(user);
    const cv::Point2f a = path.at(), b = point(first), c = point(second), d = point(to);
    for (int i = 1; i <= kStepsPerCurve; ++i) {
        const float t = static_cast<float>(i) / kStepsPerCurve, s = 1 - t;
        path.outlines.back().push_back(s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d);
    }
    return 0;
}

// In font units, y downwards; empty where the face lacks the character or draws nothing.
PrintedSign outline_of(FT_Face face, char character) {
    const FT_UInt glyph = FT_Get_Char_Index(face, static_cast<FT_ULong>(character));
    if (glyph == 0 || FT_Load_Glyph(face, glyph, FT_LOAD_NO_SCALE) != 0) return {};
    if (face->glyph->format != FT_GLYPH_FORMAT_OUTLINE) return {};
    static constexpr FT_Outline_Funcs kFunctions{move_to, line_to, conic_to, cubic_to, 0, 0};
    Path path;
    if (FT_Outline_Decompose(&face->glyph->outline, &kFunctions, &path) != 0) return {};
    std::erase_if(path.outlines, [](const Outline& outline) { return outline.size() < 3; });
    return {std::move(path.outlines), static_cast<float>(face->glyph->advance.x)};
}

// No signs where the face lacks a digit or draws two alike.
FontFigures figures_of(const fonts::Face& face) {
    FontFigures figures{face.family, {}};
    for (char character = '!'; character <= '~'; ++character) {
        PrintedSign sign = outline_of(face.opened, character);
        if (!sign.outlines.empty()) figures.signs.emplace(character, std::move(sign));
    }
    for (char a = '0'; a <= '9'; ++a) {
        if (!figures.signs.contains(a)) return {};
        for (char b = '0'; b < a; ++b)
            if (figures.signs.at(a).outlines == figures.signs.at(b).outlines) return {};
    }
    const cv::Rect2f zero = ink_box(Shape{{}, figures.signs.at('0').outlines});
    const float scale = 1 / zero.height;
    for (auto& [character, sign] : figures.signs) {
        sign.outlines = placed(Shape{{}, std::move(sign.outlines)}, scale, {0, 1}).outlines;
        sign.advance *= scale;
    }
    return figures;
}

}  // namespace

std::vector<FontFigures> load_figures(const std::filesystem::path& folder, bool held_back) {
    std::vector<FontFigures> all;
    std::map<std::string, int> faces;
    fonts::for_each_face(folder, [&](const fonts::Face& face) {
        if (face.display || face.held_back != held_back || faces[face.family] == kFacesPerFamily) return;
        FontFigures figures = figures_of(face);
        if (figures.signs.empty()) return;
        ++faces[face.family];
        all.push_back(std::move(figures));
    });
    if (all.empty()) throw Error(ErrorCode::bad_data, folder.string() + ": expected fonts with digits, found none");
    return all;
}

}  // namespace chiffre::synthesis
