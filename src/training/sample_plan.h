// sample_plan.h -- what the samples of an epoch are made of, as plain data: a CPU and a GPU that read the same plan
// make the same samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "augment.h"
#include "recipe.h"
#include "sample_view.h"
#include "samples.h"

namespace chiffre::training {

// Where a kind of sample comes from and what happens to it.
struct SampleKind {
    std::string name;
    int samples = 0;  // per epoch
    // Drawn: a family is drawn, then one of its shapes, so that a family of many shapes weighs no more than one of a
    // single shape. Not drawn: sample i of the kind is shape i.
    bool drawn = false;
    bool framed = false;  // bent on a canvas, then framed as marks are; else a tile that is bent in place
    bool pen = false;     // the shapes are fields of a pen
    int source_side = kTileSide, canvas_side = kTileSide;
    double magnification = 1;   // canvas pixels per source pixel
    Augmentation augmentation;  // in source pixels
    std::vector<ShapeFamily> families;
    std::size_t first_byte = 0, first_label = 0;  // of its shapes in the plan

    std::size_t shape_bytes() const { return static_cast<std::size_t>(source_side) * source_side; }
};

struct ShapeStore {
    std::vector<std::uint8_t> ink;     // (source_side, source_side) each, kind after kind
    std::vector<std::uint8_t> labels;  // one per shape
};

struct SamplePlan {
    std::vector<SampleKind> kinds;  // an epoch's samples are numbered kind after kind
    std::shared_ptr<ShapeStore> shapes = std::make_shared<ShapeStore>();  // a copy of the plan shares them
    FrameRange frame;                                                     // of the framed kinds
    std::uint64_t seed = 0;

    // While nobody shares the shapes. The kind that further families belong to.
    void add_kind(SampleKind kind);
    void add_family(std::span<const std::uint8_t> shapes, std::span<const std::uint8_t> labels);
    int per_epoch() const;
};

// Makes samples of a plan on the CPU. Safe to call from many threads.
class PlannedSamples {
  public:
    explicit PlannedSamples(std::shared_ptr<const SamplePlan> plan);

    // Sample `index` of an epoch, as SampleSource::make.
    int make(std::uint32_t epoch, std::uint32_t index, Tile& tile) const;

    // A sample of the plan's kind `kind` from the numbers of `random`; `place` is the shape of a kind that is not
    // drawn.
    int make(Random random, std::size_t kind, std::uint32_t place, Tile& tile) const;

    const SamplePlan& plan() const { return *plan_; }
    const Augmenter& augmenter(std::size_t kind) const { return augmenters_[kind]; }

  private:
    std::shared_ptr<const SamplePlan> plan_;
    std::vector<Augmenter> augmenters_;  // of the kinds
    std::vector<std::uint32_t> starts_;  // the first sample of each kind
};

// The samples of `plan` for training.
SampleSource planned_source(SamplePlan plan);

}  // namespace chiffre::training
