// samples.h -- what training and evaluation work on: tiles with labels, and a function that makes sample i of epoch e.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lenet5.h"
#include "tile.h"

namespace chiffre::training {

struct SamplePlan;  // sample_plan.h

// Labels 0..9 are digits; this one is a mark that is no digit.
inline constexpr int kNoDigit = kClasses;

// How a tile shows a candidate: its own ink alone in MNIST's frame (normalize), or where it stands (frame_in_context).
enum class TileView { alone, context };
inline constexpr std::string_view name_of(TileView view) {
    return view == TileView::alone ? "alone" : "context";
}

struct LabelledTiles {
    std::vector<Tile> tiles;
    std::vector<std::uint8_t> labels;  // labels[i] belongs to tiles[i]
    int size() const { return static_cast<int>(tiles.size()); }
};

// Makes sample `index` (0 <= index < per_epoch) of `epoch` into `tile` and returns its label. A pure function of its
// arguments, called from many threads at once.
struct SampleSource {
    int per_epoch = 0;
    std::function<int(std::uint32_t epoch, std::uint32_t index, Tile& tile)> make;
    std::shared_ptr<const SamplePlan> plan;  // what `make` makes them of, for a GPU to make them itself
};

struct NamedSet {
    std::string name;
    LabelledTiles samples;
};

struct TrainingData {
    SampleSource train;
    std::vector<NamedSet> validation;  // never seen by `train`
    std::vector<NamedSet> exhibits;    // nor are these; only shown, no part of the validation error
    std::string description;           // for the metadata of the weights
};

}  // namespace chiffre::training
