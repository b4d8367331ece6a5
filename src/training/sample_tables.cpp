// sample_tables.cpp -- the tables are those of the CPU's Warper and InkChanger, in the order of the kinds.
#include "sample_tables.h"

#include <algorithm>
#include <utility>

#include "glyphs.h"

namespace chiffre::training {
namespace {

// A cubic B-spline is four nodes wide: a pixel's other weights are zero.
NodeTaps taps_at(const Warper& warper, int side, int x) {
    const auto weight = [&](int node) { return warper.basis()[node * side + x]; };
    NodeTaps taps;
    while (weight(taps.first) == 0) ++taps.first;
    taps.first = std::min(taps.first, warper.nodes() - 4);
    for (int i = 0; i < 4; ++i) taps.weight[i] = weight(taps.first + i);
    return taps;
}

}  // namespace

SampleTables::SampleTables(std::shared_ptr<const SamplePlan> plan) : plan_(std::move(plan)) {
    const PlannedSamples samples(plan_);
    for (std::size_t number = 0; number < plan_->kinds.size(); ++number) {
        const SampleKind& kind = plan_->kinds[number];
        const Warper& warper = samples.augmenter(number).warper();
        const InkChanger& ink = samples.augmenter(number).ink();
        KindView view;
        view.first_sample = view_.per_epoch;
        view.first_family = static_cast<std::uint32_t>(families_.size());
        view.families = static_cast<std::uint32_t>(kind.families.size());
        view.first_label = static_cast<std::uint32_t>(kind.first_label);
        view.first_tap = static_cast<std::uint32_t>(taps_.size());
        view.first_curve = static_cast<std::uint32_t>(curves_.size());
        view.first_byte = kind.first_byte;
        view.source_side = kind.source_side;
        view.canvas_side = kind.canvas_side;
        view.nodes = warper.nodes();
        view.magnification = static_cast<float>(kind.magnification);
        view.pen_pixels_per_px = kind.pen ? kGlyphPixelsPerPx : 0;
        view.drawn = kind.drawn;
        view.framed = kind.framed;
        view.warp = warper.strength();
        view.ink = ink.strength();
        kinds_.push_back(view);

        families_.insert(families_.end(), kind.families.begin(), kind.families.end());
        for (int x = 0; x < kind.canvas_side && view.nodes > 0; ++x)
            taps_.push_back(taps_at(warper, kind.canvas_side, x));
        if (view.ink.contrast > 0) curves_.insert(curves_.end(), ink.curves().begin(), ink.curves().end());
        if (noise_.empty()) noise_.assign(ink.noise().begin(), ink.noise().end());  // all have the same
        view_.per_epoch += static_cast<std::uint32_t>(kind.samples);
        view_.most_nodes = std::max(view_.most_nodes, view.nodes);
        view_.most_canvas_side = std::max(view_.most_canvas_side, view.canvas_side);
        view_.most_source_side = std::max(view_.most_source_side, view.source_side);
    }
    view_.kinds = kinds_;
    view_.families = families_;
    view_.shapes = plan_->shapes->ink;
    view_.labels = plan_->shapes->labels;
    view_.taps = taps_;
    view_.curves = curves_;
    view_.noise = noise_;
    view_.frame = {static_cast<float>(plan_->frame.size_px), static_cast<float>(plan_->frame.shift_px)};
    view_.seed = plan_->seed;
}

}  // namespace chiffre::training
