// photo_data.cpp -- draws what the mix of the recipe asks for: a base shape, bent, framed as the front end frames
// marks.
#include "photo_data.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>

#include "error.h"
#include "fonts.h"
#include "glyphs.h"
#include "idx.h"
#include "marks.h"
#include "sample_plan.h"
#include "seven_segment.h"
#include "synthesis/glyphs.h"

namespace chiffre::training {
namespace {

constexpr int kCanvasSide = 64;               // px; room for a shape that grows while it is bent
constexpr double kCanvasMagnification = 1.1;  // canvas pixels per glyph pixel

// Leaves out one digit of MNIST in ten, among them those whose loops or bends have run together.
constexpr float kPenLikeness = 0.85f;

// Base shapes that are drawn once per run and bent anew in every epoch.
constexpr int kDisplayShapes = 6'000, kMarkShapes = 8'000, kWrittenShapes = 30'000, kPairShapes = 30'000,
              kHalfShapes = 6'000;

// Recipes speak of the tile's pixels, warps of the glyph's.
Augmentation in_glyph_pixels(Augmentation a) {
    for (double* px :
         {&a.warp.shift_px, &a.warp.elastic_px, &a.warp.elastic_spacing_px, &a.ink.thicken_px, &a.ink.thin_px})
        *px *= kGlyphPixelsPerPx;
    return a;
}

LabelledGlyphs mnist_glyphs(const LabelledTiles& digits) {
    LabelledGlyphs glyphs;
    for (int i = 0; i < digits.size(); ++i)
        glyphs.add(to_glyph({digits.tiles[i].ink.data(), kTileSide, kTileSide, kTileSide}), digits.labels[i]);
    return glyphs;
}

LabelledGlyphs pen_fields(const LabelledGlyphs& digits) {
    LabelledGlyphs fields;
    for (int i = 0; i < digits.size(); ++i) {
        const Glyph field = pen_field(digits.glyphs[i]);
        if (pen_likeness(digits.glyphs[i], field) >= kPenLikeness) fields.add(field, digits.labels[i]);
    }
    return fields;
}

LabelledGlyphs display_digits(int count, Stream stream) {
    LabelledGlyphs glyphs;
    for (int i = 0; i < count; ++i) {
        Random random(0, stream, 0, static_cast<std::uint32_t>(i));
        glyphs.add(draw_display_digit(random, i % kClasses), i % kClasses);
    }
    return glyphs;
}

// Digits of as many writers, in forms that MNIST has few of: flagged 1, crossed 7, slashed 0, open 4.
LabelledGlyphs written_digits(int count, Stream stream) {
    LabelledGlyphs glyphs;
    for (int i = 0; i < count; ++i) {
        Random random(0, stream, 4, static_cast<std::uint32_t>(i));
        const int digit = i % kClasses;
        const synthesis::Hand hand = synthesis::draw_hand(random);
        const std::vector<synthesis::Stroke> strokes = synthesis::draw_digit(digit, hand, random);
        const cv::Rect2f box = synthesis::ink_box(strokes);
        const float scale = kGlyphLongSide / std::max(box.width, box.height), middle = 0.5f * (kGlyphSide - 1);
        const cv::Point2f centre(box.x + 0.5f * box.width, box.y + 0.5f * box.height);
        Glyph glyph;
        cv::Mat ink(kGlyphSide, kGlyphSide, CV_8UC1, glyph.ink.data());
        synthesis::render(synthesis::placed(strokes, scale, cv::Point2f(middle, middle) - scale * centre), ink);
        glyphs.add(glyph, digit);
    }
    return glyphs;
}

LabelledGlyphs marks(int count, Stream stream) {
    LabelledGlyphs glyphs;
    for (int i = 0; i < count; ++i) {
        Random random(0, stream, 1, static_cast<std::uint32_t>(i));
        glyphs.add(draw_mark(random), kNoDigit);
    }
    return glyphs;
}

LabelledGlyphs pairs(const LabelledTiles& digits, int count, Stream stream) {
    LabelledGlyphs glyphs;
    for (std::uint32_t i = 0; glyphs.size() < count; ++i) {
        Random random(0, stream, 2, i);
        const int a = random.below(digits.size()), b = random.below(digits.size());
        // A 1 laid over its neighbour may make another digit of it.
        const bool one = digits.labels[a] == 1 || digits.labels[b] == 1;
        const int gap_px = one ? random.below(6) : random.below(9) - 3;
        glyphs.add(pair_of(digits.tiles[a], digits.tiles[b], gap_px), kNoDigit);
    }
    return glyphs;
}

LabelledGlyphs halves(const LabelledTiles& digits, int count, Stream stream) {
    LabelledGlyphs glyphs;
    for (std::uint32_t i = 0; glyphs.size() < count; ++i) {
        Random random(0, stream, 3, i);
        const int k = random.below(digits.size()), shift_px = random.below(3) - 1;
        const auto half = static_cast<Half>(random.below(2));
        if (is_no_digit(digits.labels[k], half)) glyphs.add(half_of(digits.tiles[k], half, shift_px), kNoDigit);
    }
    return glyphs;
}

// A harvest's tiles of pages that are learned from, or of those held back: digits by the style of their page, and what
// is no digit by its kind, too, so that what is rare counts as much as what every page has. What is too rare to be
// drawn so often joins the others of its kind.
std::vector<LabelledTiles> harvested(const Harvest& harvest, bool digits, bool held_back) {
    constexpr int kLeast = 200;
    std::map<std::pair<int, int>, LabelledTiles> families;
    for (std::size_t i = 0; i < harvest.kinds.size(); ++i) {
        const std::uint8_t label = harvest.tiles.labels[i];
        if ((label != kNoDigit) != digits || (harvest.held_back[i] != 0) != held_back) continue;
        LabelledTiles& family = families[{digits ? 0 : harvest.kinds[i], harvest.styles[i]}];
        family.tiles.push_back(harvest.tiles.tiles[i]);
        family.labels.push_back(label);
    }
    std::vector<LabelledTiles> all;
    LabelledTiles rare;
    int kind = 0;
    const auto end_kind = [&] {
        if (rare.size() > 0) all.push_back(std::move(rare));
        rare = {};
    };
    for (auto& [key, family] : families) {
        if (key.first != kind) end_kind();
        kind = key.first;
        if (family.size() >= kLeast) {
            all.push_back(std::move(family));
            continue;
        }
        rare.tiles.insert(rare.tiles.end(), family.tiles.begin(), family.tiles.end());
        rare.labels.insert(rare.labels.end(), family.labels.begin(), family.labels.end());
    }
    end_kind();
    return all;
}

// What a recipe says of each kind.
struct KindKeys {
    const char* name;
    int Mix::*samples;
    Augmentation Recipe::*augmentation;
};
constexpr KindKeys kKindKeys[] = {
    {"pen", &Mix::pen, &Recipe::hand},
    {"hand", &Mix::mnist, &Recipe::hand},
    {"strokes", &Mix::stroked, &Recipe::hand},
    {"print", &Mix::printed, &Recipe::print},
    {"displays", &Mix::segments, &Recipe::segment},
    {"segments", &Mix::segments, &Recipe::segment},
    {"letters", &Mix::letters, &Recipe::print},
    {"pairs", &Mix::pairs, &Recipe::hand},
    {"halves", &Mix::halves, &Recipe::hand},
    {"marks", &Mix::marks, &Recipe::print},
    {"harvest_digits", &Mix::harvest_digits, &Recipe::harvest},
    {"harvest_none", &Mix::harvest_none, &Recipe::harvest},
};

const KindKeys& keys_of(const std::string& name) {
    return *std::find_if(std::begin(kKindKeys), std::end(kKindKeys), [&](const KindKeys& k) { return k.name == name; });
}

void follow(SampleKind& kind, const Recipe& recipe) {
    const KindKeys& keys = keys_of(kind.name);
    kind.samples = recipe.mix.*keys.samples;
    kind.augmentation = recipe.*keys.augmentation;
    if (kind.source_side == kGlyphSide) kind.augmentation = in_glyph_pixels(kind.augmentation);
    if (kind.pen) kind.augmentation.ink.thicken_px = kind.augmentation.ink.thin_px = 0;  // it has every width
}

// Everything that samples are made of, the same kinds for learning and for validation.
class Shapes {
  public:
    Shapes(const Recipe& recipe, const LabelledTiles& digits, const std::vector<FontFamily>& fonts,
           const Harvest& harvest, bool held_back)
        : recipe_(recipe), stream_(held_back ? Stream::validation : Stream::glyphs) {
        plan_.frame = recipe.frame;
        if (recipe.view == TileView::alone) add_shapes(digits, fonts, held_back);
        add_tiles("harvest_digits", harvested(harvest, true, held_back));
        add_tiles("harvest_none", harvested(harvest, false, held_back));
    }

    SamplePlan take() { return std::move(plan_); }

  private:
    // What there is beside a harvest.
    void add_shapes(const LabelledTiles& digits, const std::vector<FontFamily>& fonts, bool held_back) {
        const LabelledGlyphs handwriting = mnist_glyphs(digits);
        add("pen", pen_fields(handwriting));
        add("hand", handwriting);
        add("strokes", written_digits(kWrittenShapes, stream_));
        std::vector<const LabelledGlyphs*> figures, displays, letters;
        for (const FontFamily& family : fonts) {
            if (family.held_back != held_back) continue;
            (family.display ? displays : figures).push_back(&family.digits);
            if (family.letters.size() > 0) letters.push_back(&family.letters);
        }
        add("print", figures);
        // Only for validation, where they show whether the segments drawn here are like those of others.
        if (!displays.empty()) add("displays", displays);
        add("segments", display_digits(kDisplayShapes, stream_));
        add("letters", letters);
        add("pairs", pairs(digits, kPairShapes, stream_));
        add("halves", halves(digits, kHalfShapes, stream_));
        add("marks", marks(kMarkShapes, stream_));
    }

    void add(const char* name, const LabelledGlyphs& glyphs) { add(name, std::vector{&glyphs}); }

    void add(const char* name, const std::vector<const LabelledGlyphs*>& families) {
        const bool none = std::all_of(families.begin(), families.end(), [](auto* family) { return !family->size(); });
        if (!begin(name, kGlyphSide, none ? "more fonts" : "")) return;
        for (const LabelledGlyphs* family : families)
            if (family->size() > 0)
                plan_.add_family({family->glyphs.front().ink.data(), family->glyphs.size() * sizeof(Glyph)},
                                 family->labels);
    }

    void add_tiles(const char* name, const std::vector<LabelledTiles>& families) {
        if (!begin(name, kTileSide, families.empty() ? "a harvest of more pages" : "")) return;
        if (recipe_.view == TileView::context) {
            plan_.kinds.back().framed = false;
            plan_.kinds.back().canvas_side = kTileSide;
            plan_.kinds.back().magnification = 1;
        }
        for (const LabelledTiles& family : families)
            plan_.add_family({family.tiles.front().ink.data(), family.tiles.size() * sizeof(Tile)}, family.labels);
    }

    // A kind whose families follow; returns whether the recipe wants any. `missing`: what it lacks, else empty.
    bool begin(const char* name, int source_side, const std::string& missing) {
        SampleKind kind;
        kind.name = name;
        kind.drawn = kind.framed = true;
        kind.pen = kind.name == "pen";
        kind.source_side = source_side;
        kind.canvas_side = kCanvasSide;
        kind.magnification = kCanvasMagnification * (source_side == kTileSide ? kGlyphPixelsPerPx : 1);
        follow(kind, recipe_);
        if (kind.samples == 0) return false;
        if (!missing.empty())
            throw Error(ErrorCode::bad_data,
                        std::string("no shapes of the kind \"") + name + "\": expected " + missing);
        plan_.add_kind(std::move(kind));
        return true;
    }

    const Recipe& recipe_;
    Stream stream_;
    SamplePlan plan_;
};

NamedSet validation_set(const PlannedSamples& samples, std::uint32_t kind) {
    constexpr int kSamples = 3'000;  // an error of 1 % is then known to 0.2 %
    NamedSet set;
    set.name = samples.plan().kinds[kind].name;
    set.samples.tiles.resize(kSamples);
    for (std::uint32_t i = 0; i < kSamples; ++i) {
        const int label = samples.make(Random(0, Stream::validation, kind, i), kind, i, set.samples.tiles[i]);
        set.samples.labels.push_back(static_cast<std::uint8_t>(label));
    }
    return set;
}

std::string describe(const Harvest& harvest) {
    if (harvest.size() == 0) return "";
    const auto held_back = std::count(harvest.held_back.begin(), harvest.held_back.end(), 1);
    const auto fact = [&](const char* name) {
        const auto found = harvest.facts.find(name);
        return found == harvest.facts.end() ? std::string("?") : found->second;
    };
    return std::to_string(harvest.size()) + " tiles harvested from " + fact("pages") + " pages of seed " +
           fact("seed") + ", " + std::to_string(held_back) + " held back, " + harvest_hash(harvest) + "; ";
}

std::string describe(const MnistSplit& mnist, const std::vector<FontFamily>& fonts) {
    const auto held_back = std::count_if(fonts.begin(), fonts.end(), [](const FontFamily& f) { return f.held_back; });
    std::uint32_t crc = 0;
    for (const FontFamily& family : fonts)
        crc = static_cast<std::uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(family.digits.glyphs.data()),
                                                 family.digits.glyphs.size() * sizeof(Glyph)));
    char crc_text[16];
    std::snprintf(crc_text, sizeof crc_text, "%08x", crc);
    return "MNIST training set, " + std::to_string(mnist.learn.size()) + " digits learned, " +
           std::to_string(mnist.validation.size()) + " held back; " + std::to_string(fonts.size()) +
           " font families, " + std::to_string(held_back) + " held back, figures " + crc_text + "; ";
}

}  // namespace

LabelledTiles held_back_figures(std::span<const FontFamily> fonts, bool display) {
    LabelledTiles figures;
    for (const FontFamily& family : fonts) {
        if (!family.held_back || family.display != display) continue;
        for (const Glyph& glyph : family.digits.glyphs) frame(glyph.view(), Frame{}, figures.tiles.emplace_back());
        figures.labels.insert(figures.labels.end(), family.digits.labels.begin(), family.digits.labels.end());
    }
    return figures;
}

TrainingData photo_data(const LabelledTiles& digits, const std::vector<FontFamily>& fonts, const Harvest& harvest,
                        const Recipe& recipe, std::uint64_t seed, int fold) {
    const bool alone = recipe.view == TileView::alone;
    MnistSplit mnist = alone ? hold_back(digits, fold) : MnistSplit{};
    TrainingData data;
    SamplePlan plan = Shapes(recipe, mnist.learn, fonts, harvest, false).take();
    plan.seed = seed;
    data.train = planned_source(std::move(plan));
    data.description = (alone ? describe(mnist, fonts) : "") + describe(harvest) +
                       std::to_string(data.train.per_epoch) + " samples per epoch";
    const PlannedSamples held_back(
        std::make_shared<const SamplePlan>(Shapes(recipe, mnist.validation, fonts, harvest, true).take()));
    for (std::uint32_t kind = 0; kind < held_back.plan().kinds.size(); ++kind)
        data.validation.push_back(validation_set(held_back, kind));
    if (!alone) return data;
    data.validation.push_back({"mnist", std::move(mnist.validation)});
    data.exhibits.push_back({"figures", held_back_figures(fonts, false)});
    data.exhibits.push_back({"display figures", held_back_figures(fonts, true)});
    std::erase_if(data.exhibits, [](const NamedSet& set) { return set.samples.size() == 0; });
    return data;
}

SamplePlan photo_plan(const SamplePlan& other, const Recipe& recipe, std::uint64_t seed) {
    SamplePlan plan = other;
    plan.seed = seed;
    plan.frame = recipe.frame;
    for (SampleKind& kind : plan.kinds) follow(kind, recipe);
    std::erase_if(plan.kinds, [](const SampleKind& kind) { return kind.samples == 0; });
    return plan;
}

}  // namespace chiffre::training
