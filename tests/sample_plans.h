// sample_plans.h -- small sample plans of every sort, for tests that make their samples in two ways.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "training/frame.h"
#include "training/glyphs.h"
#include "training/marks.h"
#include "training/sample_plan.h"
#include "training/seven_segment.h"

namespace chiffre::training {

inline Augmentation strong_augmentation(double px) {
    Augmentation a;
    a.warp = {15, 0.15, 0.3, 1.5 * px, 0.9 * px, 6 * px};
    a.ink = {0.7 * px, 0.9 * px, 0.5, 0.3, 0.25, 8};
    return a;
}

inline std::vector<std::uint8_t> digit_shapes(int count, bool pen, std::vector<std::uint8_t>& labels) {
    std::vector<std::uint8_t> shapes;
    for (int i = 0; i < count; ++i) {
        Random random(3, Stream::glyphs, pen, static_cast<std::uint32_t>(i));
        Glyph glyph = draw_display_digit(random, i % kClasses);
        if (pen) glyph = pen_field(glyph);
        shapes.insert(shapes.end(), glyph.ink.begin(), glyph.ink.end());
        labels.push_back(static_cast<std::uint8_t>(i % kClasses));
    }
    return shapes;
}

// Ink everywhere, up to the edges, where a shape of digits has none.
inline std::vector<std::uint8_t> grain(std::size_t pixels, std::uint32_t index) {
    Random random(3, Stream::glyphs, 3, index);
    std::vector<std::uint8_t> ink(pixels);
    for (std::uint8_t& pixel : ink) pixel = static_cast<std::uint8_t>(random.below(256));
    return ink;
}

// As the "mnist" recipe's: tiles bent in place, each of them once per epoch. One in five is grain.
inline SamplePlan tile_plan(const Augmentation& augmentation, int samples) {
    std::vector<std::uint8_t> shapes, labels;
    for (int i = 0; i < samples; ++i) {
        Random random(3, Stream::glyphs, 2, static_cast<std::uint32_t>(i));
        Tile tile;
        frame(draw_display_digit(random, i % kClasses).view(), Frame{}, tile);
        const std::vector<std::uint8_t> grains = grain(i % 5 == 4 ? kTileBytes : 0, static_cast<std::uint32_t>(i));
        std::copy(grains.begin(), grains.end(), tile.ink.begin());
        shapes.insert(shapes.end(), tile.ink.begin(), tile.ink.end());
        labels.push_back(static_cast<std::uint8_t>(i % kClasses));
    }
    SamplePlan plan;
    plan.seed = 0x123456789abcull;
    SampleKind kind;
    kind.name = "tiles";
    kind.samples = samples;
    kind.augmentation = augmentation;
    plan.add_kind(kind);
    plan.add_family(shapes, labels);
    return plan;
}

// As the "photo" recipe's: glyphs bent on a canvas and framed; with fields of a pen, with families, with one elastic
// grid and another and none, with grain, with shapes that hold no ink, and with tiles instead of glyphs.
inline SamplePlan framed_plan(int samples_per_kind) {
    SamplePlan plan;
    plan.seed = 5;
    plan.frame = {1, 1};
    SampleKind kind;
    kind.samples = samples_per_kind;
    kind.drawn = kind.framed = true;
    kind.source_side = kGlyphSide;
    kind.canvas_side = 64;
    kind.magnification = 1.1;
    kind.augmentation = strong_augmentation(kGlyphPixelsPerPx);
    std::vector<std::uint8_t> labels;

    kind.name = "families";
    plan.add_kind(kind);
    for (const int count : {20, 1, 7}) {
        labels.clear();
        const std::vector<std::uint8_t> shapes = digit_shapes(count, false, labels);
        plan.add_family(shapes, labels);
    }

    kind.name = "pen";
    kind.pen = true;
    kind.augmentation.ink.thin_px = kind.augmentation.ink.thicken_px = 0;
    plan.add_kind(kind);
    labels.clear();
    const std::vector<std::uint8_t> fields = digit_shapes(20, true, labels);
    plan.add_family(fields, labels);

    kind.name = "marks";
    kind.pen = false;
    kind.augmentation.warp.elastic_spacing_px = 16;
    kind.augmentation.ink = {};
    kind.augmentation.ink.thicken_px = 6;  // more than is done
    plan.add_kind(kind);
    std::vector<std::uint8_t> marks;
    for (std::uint32_t i = 0; i < 20; ++i) {
        Random random(4, Stream::glyphs, 0, i);
        const Glyph mark = draw_mark(random);
        marks.insert(marks.end(), mark.ink.begin(), mark.ink.end());
    }
    plan.add_family(marks, std::vector<std::uint8_t>(20, kNoDigit));
    plan.add_family(grain(kGlyphSide * kGlyphSide, 0), std::vector<std::uint8_t>{kNoDigit});

    kind.name = "nothing";
    kind.augmentation = {};
    kind.augmentation.ink.noise = 3;
    plan.add_kind(kind);
    plan.add_family(Glyph{}.ink, std::vector<std::uint8_t>{kNoDigit});

    kind.name = "still";
    kind.augmentation = {};
    plan.add_kind(kind);
    labels.clear();
    const std::vector<std::uint8_t> still = digit_shapes(10, false, labels);
    plan.add_family(still, labels);

    kind.name = "harvest";  // tiles, bent on the same canvas and framed again
    kind.source_side = kTileSide;
    kind.magnification = 1.1 * kGlyphPixelsPerPx;
    kind.augmentation = strong_augmentation(1);
    plan.add_kind(kind);
    std::vector<std::uint8_t> tiles;
    labels.clear();
    for (std::uint32_t i = 0; i < 20; ++i) {
        Random random(6, Stream::glyphs, 0, i);
        const int digit = static_cast<int>(i) % kClasses;
        Tile tile;
        frame(draw_display_digit(random, digit).view(), Frame{}, tile);
        tiles.insert(tiles.end(), tile.ink.begin(), tile.ink.end());
        labels.push_back(static_cast<std::uint8_t>(digit));
    }
    plan.add_family(tiles, labels);

    kind.name = "context";  // tiles that stay in their frame
    kind.framed = false;
    kind.canvas_side = kTileSide;
    kind.magnification = 1;
    kind.augmentation = {};
    kind.augmentation.ink.noise = 4;
    plan.add_kind(kind);
    plan.add_family(tiles, labels);
    plan.add_family(std::span(tiles).first(kTileBytes), std::span(labels).first(1));
    return plan;
}

}  // namespace chiffre::training
