// training_shapes_test.cpp -- what training learns from: augmentation, framing, drawn shapes, fonts.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>
#include <span>

#include "error.h"
#include "training/augment.h"
#include "training/fonts.h"
#include "training/frame.h"
#include "training/glyphs.h"
#include "training/marks.h"
#include "training/seven_segment.h"

namespace chiffre::training {
namespace {

int mass(std::span<const std::uint8_t> ink) {
    return std::accumulate(ink.begin(), ink.end(), 0);
}

// --- augmentation

Tile some_digit(int digit, std::uint32_t index = 0) {
    Random random(7, Stream::glyphs, 9, index);
    Tile tile;
    EXPECT_TRUE(frame(draw_display_digit(random, digit).view(), Frame{}, tile));
    return tile;
}

Augmentation strong() {
    Augmentation a;
    a.warp = {15, 0.15, 0.3, 2, 1, 6};
    a.ink = {0.7, 0.5, 0.5, 0.3, 0.2, 8};
    return a;
}

TEST(Augmentation, OfZeroStrengthChangesNothing) {
    const Augmenter none(Augmentation{}, kTileSide, kTileSide, 1);
    const Tile tile = some_digit(5);
    Tile out;
    Random random(1, Stream::sample, 0, 0);
    none.augment(random, tile.ink.data(), out.ink.data());
    EXPECT_EQ(out.ink, tile.ink);
}

TEST(Augmentation, IsAFunctionOfSeedEpochAndIndex) {
    const Augmenter augmenter(strong(), kTileSide, kTileSide, 1);
    const Tile tile = some_digit(5);
    const auto augmented = [&](std::uint64_t seed, std::uint32_t epoch, std::uint32_t index) {
        Tile out;
        Random random(seed, Stream::sample, epoch, index);
        augmenter.augment(random, tile.ink.data(), out.ink.data());
        return out.ink;
    };
    const auto first = augmented(1, 2, 3);
    EXPECT_EQ(first, augmented(1, 2, 3));
    EXPECT_NE(first, augmented(2, 2, 3));
    EXPECT_NE(first, augmented(1, 3, 3));
    EXPECT_NE(first, augmented(1, 2, 4));
}

TEST(Warp, OfRotationShiftAndElasticityKeepsTheMass) {
    const Warper warper({20, 0, 0, 2, 0.5, 8}, kTileSide, kTileSide, 1);
    const Tile tile = some_digit(8);
    double kept = 0;
    for (std::uint32_t i = 0; i < 200; ++i) {
        Tile out;
        Random random(1, Stream::sample, 0, i);
        warper.warp(random, tile.ink.data(), out.ink.data());
        kept += static_cast<double>(mass(out.ink)) / mass(tile.ink) / 200;
    }
    EXPECT_NEAR(kept, 1, 0.02);
}

TEST(Warp, MovesPixelsAsFarAsTheRecipeSays) {
    // A ramp turns the displacement of a pixel into its grey level: 8 levels per pixel.
    Tile ramp;
    for (int i = 0; i < kTileBytes; ++i) ramp.ink[i] = static_cast<std::uint8_t>(i % kTileSide * 8);
    const double wanted_px = 0.8;
    const Warper warper({0, 0, 0, 0, wanted_px, 5}, kTileSide, kTileSide, 1);
    double squares = 0;
    int count = 0;
    for (std::uint32_t i = 0; i < 200; ++i) {
        Tile out;
        Random random(1, Stream::sample, 0, i);
        warper.warp(random, ramp.ink.data(), out.ink.data());
        for (int y = 8; y < 24; ++y)
            for (int x = 8; x < 24; ++x, ++count) squares += std::pow((out.ink[y * kTileSide + x] - 8 * x) / 8.0, 2);
    }
    EXPECT_NEAR(std::sqrt(squares / count), wanted_px, 0.05);
}

TEST(Ink, OnePixelGrowsIntoACrossAndBack) {
    std::array<std::uint8_t, 25> picture{};
    picture[12] = 200;
    change_stroke(picture.data(), 5, 1);
    const std::array<std::uint8_t, 25> cross{0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 200, 200, 200, 0, 0, 0, 200, 0, 0};
    EXPECT_EQ(picture, cross);
    change_stroke(picture.data(), 5, -1);
    std::array<std::uint8_t, 25> dot{};
    dot[12] = 200;
    EXPECT_EQ(picture, dot);
    change_stroke(picture.data(), 5, 0.5f);
    EXPECT_EQ(picture[7], 100);
    EXPECT_EQ(picture[12], 200);
}

// --- framing and glyphs

TEST(Frame, KeepsTheAspectAndCentresTheMass) {
    std::vector<std::uint8_t> picture(100 * 100);
    for (int y = 20; y < 80; ++y) std::fill_n(&picture[y * 100 + 10], 15, 255);  // 15 x 60
    Tile tile;
    ASSERT_TRUE(frame({picture.data(), 100, 100, 100}, Frame{}, tile));
    for (int y = 0; y < kTileSide; ++y)
        for (int x = 0; x < kTileSide; ++x) {
            // 5 x 20 about (16.5, 16.5), where MNIST has its centre of mass; 6.5 is rounded up.
            const bool inside = y >= 7 && y < 27 && x >= 14 && x < 19;
            EXPECT_EQ(tile.ink[y * kTileSide + x], inside ? 255 : 0) << x << ' ' << y;
        }
}

TEST(Frame, ShrinksByAreaAveraging) {
    std::vector<std::uint8_t> stripes(60 * 60);
    for (int i = 0; i < 60 * 60; ++i) stripes[i] = i % 60 % 3 == 0 ? 240 : 0;
    std::vector<std::uint8_t> out(20 * 20);
    resize({stripes.data(), 60, 60, 60}, out.data(), 20, 20, 20);
    for (const std::uint8_t ink : out) EXPECT_EQ(ink, 80);
    std::vector<std::uint8_t> same(60 * 60);
    resize({stripes.data(), 60, 60, 60}, same.data(), 60, 60, 60);
    EXPECT_EQ(same, stripes);
}

TEST(Frame, SaysThatAnEmptyPictureIsEmpty) {
    const std::vector<std::uint8_t> picture(100, kInkLevel - 1);
    Tile tile;
    EXPECT_FALSE(frame({picture.data(), 10, 10, 10}, Frame{}, tile));
    EXPECT_EQ(mass(tile.ink), 0);
}

TEST(Pen, DrawsAStrokeOfTheWidthAskedFor) {
    Glyph bar;  // 7 px wide; its middle line is column 24
    for (int y = 4; y < 44; ++y) std::fill_n(&bar.ink[y * kGlyphSide + 21], 7, 255);
    const Glyph field = pen_field(bar);
    for (const float width_px : {1.0f, 2.0f, 3.0f, 9.0f}) {
        Glyph drawn = field;
        draw_with_pen(drawn.ink.data(), static_cast<int>(drawn.ink.size()), width_px);
        EXPECT_NEAR(mass(std::span(drawn.ink).subspan(24 * kGlyphSide, kGlyphSide)) / 255.0, width_px, 0.15);
    }
}

TEST(Pen, TellsWhereStrokesHaveRunTogether) {
    Glyph bar, disc;
    for (int y = 0; y < kGlyphSide; ++y)
        for (int x = 0; x < kGlyphSide; ++x) {
            bar.ink[y * kGlyphSide + x] = y >= 4 && y < 44 && x >= 21 && x < 27 ? 255 : 0;
            disc.ink[y * kGlyphSide + x] = std::hypot(x - 24, y - 24) < 18 ? 255 : 0;
        }
    EXPECT_GT(pen_likeness(bar, pen_field(bar)), 0.85f);
    EXPECT_LT(pen_likeness(disc, pen_field(disc)), 0.7f);
    EXPECT_EQ(pen_likeness(Glyph{}, pen_field(Glyph{})), 0);
}

TEST(Shapes, AreDrawnAndDiffer) {
    std::vector<Tile> tiles;
    for (int digit = 0; digit < 10; ++digit) tiles.push_back(some_digit(digit));
    for (int i = 0; i < 10; ++i)
        for (int j = 0; j < i; ++j) EXPECT_NE(tiles[i].ink, tiles[j].ink) << i << ' ' << j;
    for (std::uint32_t i = 0; i < 500; ++i) {
        Random random(1, Stream::glyphs, 0, i);
        EXPECT_GT(mass(draw_mark(random).ink), 255 * 20) << "mark " << i;
    }
}

TEST(Shapes, PairsAreWiderThanEither) {
    const Tile three = some_digit(3), eight = some_digit(8);
    const auto ink_of = [](const Tile& tile) {
        return crop_to_ink({tile.ink.data(), kTileSide, kTileSide, kTileSide});
    };
    const Glyph both = pair_of(three, eight, 0);
    const Grey pair = crop_to_ink(both.view()), left = ink_of(three), right = ink_of(eight);
    EXPECT_EQ(std::max(pair.w, pair.h), kGlyphLongSide);
    const auto side_by_side = static_cast<float>(left.w + right.w) / static_cast<float>(std::max(left.h, right.h));
    EXPECT_NEAR(static_cast<float>(pair.w) / static_cast<float>(pair.h), side_by_side, 0.1f);
}

ErrorCode refusal_of(const std::filesystem::path& folder, std::string& message) {
    try {
        load_fonts(folder);
    } catch (const Error& error) {
        message = error.what();
        return error.code();
    }
    ADD_FAILURE() << folder << " was taken";
    return ErrorCode::usage;
}

TEST(Fonts, AFolderWithoutAnyIsRefused) {
    const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "chiffre_training_fonts";
    std::string message;
    const ErrorCode absent = refusal_of(folder / "absent", message);
    if (absent == ErrorCode::usage) GTEST_SKIP() << message;  // built without FreeType
    EXPECT_EQ(absent, ErrorCode::not_found) << message;
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "broken.ttf") << "this is no font";
    EXPECT_EQ(refusal_of(folder, message), ErrorCode::bad_data);
    EXPECT_NE(message.find("expected fonts with digits, found none"), std::string::npos) << message;
}

}  // namespace
}  // namespace chiffre::training
