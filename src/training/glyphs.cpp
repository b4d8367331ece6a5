// glyphs.cpp -- MNIST's digits as raw material: enlarged, redrawn with a pen, joined, cut.
#include "glyphs.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace chiffre::training {
namespace {

// One half-step of thinning: removes the pixels that are on the edge seen from one side and whose loss neither breaks
// nor shortens a line. Source: Zhang, Suen, "A fast parallel algorithm for thinning digital patterns", CACM 1984.
bool thin_once(cv::Mat1b& mask, bool second) {
    std::vector<cv::Point> removed;
    for (int y = 1; y + 1 < mask.rows; ++y)
        for (int x = 1; x + 1 < mask.cols; ++x) {
            if (!mask(y, x)) continue;
            // Clockwise from the pixel above.
            const std::array<int, 8> p{mask(y - 1, x), mask(y - 1, x + 1), mask(y, x + 1), mask(y + 1, x + 1),
                                       mask(y + 1, x), mask(y + 1, x - 1), mask(y, x - 1), mask(y - 1, x - 1)};
            int neighbours = 0, edges = 0;
            for (int i = 0; i < 8; ++i) {
                neighbours += p[i];
                edges += !p[i] && p[(i + 1) % 8];
            }
            if (neighbours < 2 || neighbours > 6 || edges != 1) continue;
            const bool kept = second ? (p[0] && p[2] && p[6]) || (p[0] && p[4] && p[6])
                                     : (p[0] && p[2] && p[4]) || (p[2] && p[4] && p[6]);
            if (!kept) removed.emplace_back(x, y);
        }
    for (const cv::Point& pixel : removed) mask(pixel) = 0;
    return !removed.empty();
}

// The row of the centre of mass, rounded.
int centre_row(const Tile& tile) {
    int mass = 1, moment = 0;
    for (int i = 0; i < kTileBytes; ++i) {
        mass += tile.ink[i];
        moment += tile.ink[i] * (i / kTileSide);
    }
    return (moment + mass / 2) / mass;
}

}  // namespace

Glyph to_glyph(const Grey& picture) {
    Glyph glyph;
    const Grey ink = crop_to_ink(picture);
    if (ink.w == 0) return glyph;
    const float scale = static_cast<float>(kGlyphLongSide) / static_cast<float>(std::max(ink.w, ink.h));
    const int w = std::max(1, static_cast<int>(std::lround(scale * static_cast<float>(ink.w))));
    const int h = std::max(1, static_cast<int>(std::lround(scale * static_cast<float>(ink.h))));
    resize(ink, &glyph.ink[(kGlyphSide - h) / 2 * kGlyphSide + (kGlyphSide - w) / 2], w, h, kGlyphSide);
    return glyph;
}

Glyph pen_field(const Glyph& glyph) {
    cv::Mat1b mask(kGlyphSide, kGlyphSide);
    std::transform(glyph.ink.begin(), glyph.ink.end(), mask.begin(),
                   [](std::uint8_t ink) { return static_cast<std::uint8_t>(ink >= 128); });
    for (bool changed = true; changed;) {
        changed = thin_once(mask, false);
        changed = thin_once(mask, true) || changed;
    }
    cv::Mat1f distance;
    cv::distanceTransform(1 - mask, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
    Glyph field;
    std::transform(distance.begin(), distance.end(), field.ink.begin(), [](float px) {
        return static_cast<std::uint8_t>(std::max(0.0f, 255 - static_cast<float>(kFieldPerPx) * px));
    });
    return field;
}

void draw_with_pen(std::uint8_t* field, int n, float width_px) {
    std::array<std::uint8_t, 256> ink_of;
    for (int nearness = 0; nearness < 256; ++nearness) ink_of[nearness] = pen_ink(nearness, width_px);
    for (int i = 0; i < n; ++i) field[i] = ink_of[field[i]];
}

float pen_likeness(const Glyph& glyph, const Glyph& field) {
    const auto is_ink = [](std::uint8_t ink) { return ink >= 128; };
    const auto area = std::count_if(glyph.ink.begin(), glyph.ink.end(), is_ink);
    const auto length = std::count(field.ink.begin(), field.ink.end(), 255);
    if (length == 0) return 0;
    Glyph drawn = field;
    draw_with_pen(drawn.ink.data(), static_cast<int>(drawn.ink.size()),
                  static_cast<float>(area) / static_cast<float>(length));
    std::int64_t both = 0;
    for (std::size_t i = 0; i < glyph.ink.size(); ++i) both += is_ink(glyph.ink[i]) && is_ink(drawn.ink[i]);
    const auto drawn_area = std::count_if(drawn.ink.begin(), drawn.ink.end(), is_ink);
    return 2 * static_cast<float>(both) / static_cast<float>(area + drawn_area);
}

Glyph pair_of(const Tile& left, const Tile& right, int gap_px) {
    const Grey a = crop_to_ink({left.ink.data(), kTileSide, kTileSide, kTileSide});
    const Grey b = crop_to_ink({right.ink.data(), kTileSide, kTileSide, kTileSide});
    std::array<std::uint8_t, 2 * kTileBytes> both{};  // two tiles wide
    constexpr int kPitch = 2 * kTileSide, kTop = kTileSide / 2;
    const auto add = [&](const Grey& part, int x0) {
        for (int y = 0; y < part.h; ++y)
            for (int x = 0; x < part.w; ++x) {
                std::uint8_t& pixel = both[(kTop - part.h / 2 + y) * kPitch + x0 + x];
                pixel = std::max(pixel, part.pixels[y * part.pitch + x]);
            }
    };
    add(a, 0);
    add(b, std::max(0, a.w + gap_px));
    return to_glyph({both.data(), kPitch, kTileSide, kPitch});
}

bool is_no_digit(int digit, Half half) {
    return digit == 0 || (digit == 5 && half == Half::upper);
}

Glyph half_of(const Tile& tile, Half half, int shift_px) {
    const int row = std::clamp(centre_row(tile) + shift_px, 1, kTileSide - 1);
    const std::uint8_t* pixels = tile.ink.data();
    if (half == Half::upper) return to_glyph({pixels, kTileSide, row, kTileSide});
    return to_glyph({pixels + row * kTileSide, kTileSide, kTileSide - row, kTileSide});
}

}  // namespace chiffre::training
