// sample_plan.cpp -- one sample from its plan: shape, warp, width of the stroke, frame, look.
#include "sample_plan.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "draws.h"
#include "frame.h"
#include "glyphs.h"

namespace chiffre::training {

void SamplePlan::add_kind(SampleKind kind) {
    kind.first_byte = shapes->ink.size();
    kind.first_label = shapes->labels.size();
    kinds.push_back(std::move(kind));
}

void SamplePlan::add_family(std::span<const std::uint8_t> family, std::span<const std::uint8_t> family_labels) {
    SampleKind& kind = kinds.back();
    kind.families.push_back({static_cast<std::uint32_t>(shapes->labels.size() - kind.first_label),
                             static_cast<std::uint32_t>(family_labels.size())});
    shapes->ink.insert(shapes->ink.end(), family.begin(), family.end());
    shapes->labels.insert(shapes->labels.end(), family_labels.begin(), family_labels.end());
}

int SamplePlan::per_epoch() const {
    int samples = 0;
    for (const SampleKind& kind : kinds) samples += kind.samples;
    return samples;
}

PlannedSamples::PlannedSamples(std::shared_ptr<const SamplePlan> plan) : plan_(std::move(plan)) {
    std::uint32_t start = 0;
    for (const SampleKind& kind : plan_->kinds) {
        if (!kind.framed && kind.canvas_side != kTileSide)
            throw std::invalid_argument("PlannedSamples: a kind that is not framed is made of tiles");
        if (!kind.drawn &&
            (kind.families.size() != 1 || kind.families[0].count != static_cast<std::uint32_t>(kind.samples)))
            throw std::invalid_argument("PlannedSamples: a kind that is not drawn has a shape for every sample");
        augmenters_.emplace_back(kind.augmentation, kind.source_side, kind.canvas_side, kind.magnification);
        starts_.push_back(start);
        start += static_cast<std::uint32_t>(kind.samples);
    }
}

int PlannedSamples::make(std::uint32_t epoch, std::uint32_t index, Tile& tile) const {
    const auto kind = std::upper_bound(starts_.begin(), starts_.end(), index) - starts_.begin() - 1;
    return make(Random(plan_->seed, Stream::sample, epoch, index), kind, index - starts_[kind], tile);
}

int PlannedSamples::make(Random random, std::size_t number, std::uint32_t place, Tile& tile) const {
    const SampleKind& kind = plan_->kinds[number];
    const Augmenter& augmenter = augmenters_[number];
    std::uint32_t shape = place;
    if (kind.drawn) {
        const ShapeFamily& family = kind.families[random.below(static_cast<int>(kind.families.size()))];
        shape = family.first + static_cast<std::uint32_t>(random.below(static_cast<int>(family.count)));
    }
    const std::uint8_t* source = &plan_->shapes->ink[kind.first_byte + shape * kind.shape_bytes()];
    const int label = plan_->shapes->labels[kind.first_label + shape];
    if (!kind.framed) {
        augmenter.augment(random, source, tile.ink.data());
        return label;
    }
    std::array<std::uint8_t, Warper::kMaxSide * Warper::kMaxSide> canvas;
    const int side = kind.canvas_side;
    augmenter.bend(random, source, canvas.data());
    if (kind.pen) draw_with_pen(canvas.data(), side * side, draw_pen_width(random, kGlyphPixelsPerPx));
    const FrameStrength range{static_cast<float>(plan_->frame.size_px), static_cast<float>(plan_->frame.shift_px)};
    const Frame place_in_tile = draw_frame(random, range);
    frame({canvas.data(), side, side, side}, place_in_tile, tile);
    augmenter.ink().change_look(random, tile.ink.data(), kTileSide);
    return label;
}

SampleSource planned_source(SamplePlan plan) {
    SampleSource source;
    source.plan = std::make_shared<const SamplePlan>(std::move(plan));
    source.per_epoch = source.plan->per_epoch();
    source.make = [samples = PlannedSamples(source.plan)](std::uint32_t epoch, std::uint32_t index, Tile& tile) {
        return samples.make(epoch, index, tile);
    };
    return source;
}

}  // namespace chiffre::training
