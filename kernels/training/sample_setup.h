// sample_setup.h -- what one thread draws for a sample, and the shared memory that a block makes it in.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "host_device.h"
#include "tile.h"
#include "training/draws.h"
#include "training/sample_view.h"

namespace chiffre::cuda {

using training::KindView;
using training::SampleView;

inline constexpr int kMostCanvasSide = 64;

// --- what is drawn, by one thread

struct SampleSetup {
    training::Affine map;
    training::Frame place;
    training::Look look;
    float edge_px, pen_px;  // canvas pixels that edges move out; width of the pen, 0: none
    std::uint32_t kind, epoch, index;
    std::uint32_t first_node_draw;
    std::uint64_t source;  // the shape's first byte
    std::uint8_t label;
};

CHIFFRE_HOST_DEVICE inline SampleSetup set_up_sample(const SampleView& samples, std::uint32_t epoch,
                                                     std::uint32_t index) {
    SampleSetup setup{};
    setup.epoch = epoch;
    setup.index = index;
    setup.kind = static_cast<std::uint32_t>(samples.kinds.size()) - 1;
    while (samples.kinds[setup.kind].first_sample > index) --setup.kind;
    const KindView& kind = samples.kinds[setup.kind];

    training::Random random(samples.seed, training::Stream::sample, epoch, index);
    std::uint32_t shape = index - kind.first_sample, draws = training::kAffineDraws;
    if (kind.drawn) {
        const int family_number = random.below(static_cast<int>(kind.families));
        const training::ShapeFamily& family = samples.families[kind.first_family + family_number];
        shape = family.first + static_cast<std::uint32_t>(random.below(static_cast<int>(family.count)));
        draws += 2;
    }
    setup.source = kind.first_byte + std::uint64_t{shape} * (kind.source_side * kind.source_side);
    setup.label = samples.labels[kind.first_label + shape];
    setup.map = training::draw_affine(random, kind.warp, kind.source_side, kind.canvas_side, kind.magnification);
    setup.first_node_draw = draws;
    random.go_to(draws + 2 * kind.nodes * kind.nodes);
    setup.edge_px = training::draw_edge_px(random, kind.ink, kind.magnification);
    if (kind.framed) {
        if (kind.pen_pixels_per_px > 0) setup.pen_px = training::draw_pen_width(random, kind.pen_pixels_per_px);
        setup.place = training::draw_frame(random, samples.frame);
    }
    setup.look = training::draw_look(random, kind.ink, static_cast<int>(samples.noise.size()) - kTileBytes);
    return setup;
}

// --- the block's memory

// The taps of one axis of the resize. Neighbouring taps share at most one source pixel where they shrink and have at
// most two where they enlarge, so the weights of tap i have their place without a sum over those before it.
struct AxisTaps {
    std::uint8_t first[kTileSide], count[kTileSide], place[kTileSide];
    float weight[kMostCanvasSide + kTileSide];
};

struct SampleSums {
    std::uint32_t rows[2], columns[2];  // a bit for each that holds ink
    std::uint32_t mass, moment_x, moment_y;
};

struct SampleMemory {
    SampleSums* sums;
    AxisTaps* axes;        // columns, rows
    float* nodes;          // (2, nodes, nodes)
    float* rows;           // (2, nodes, canvas side): the elastic field along x for every row of nodes
    float* lines;          // (tile side, canvas side): the ink resized along y; where nodes and rows were
    std::uint8_t* pen;     // (256) ink of a field
    std::uint8_t* canvas;  // (canvas side, canvas side)
    std::uint8_t* spare;   // a second one; before that the source with its border
};

// Around the source: one row above and below, a word left and right, so that its rows stay aligned.
inline constexpr int kSourceBorder = 4;
CHIFFRE_HOST_DEVICE inline int source_pitch(int source_side) {
    return source_side + 2 * kSourceBorder;
}

// Lays the memory out from `base` on, which is aligned to 16 bytes. Null: only counts. Returns its bytes.
CHIFFRE_HOST_DEVICE inline std::size_t lay_out(SampleMemory& memory, const SampleView& samples, std::byte* base) {
    const int side = samples.most_canvas_side, nodes = samples.most_nodes;
    std::size_t used = 0;
    const auto take = [&](std::size_t bytes) {
        std::byte* part = base ? base + used : nullptr;
        used += (bytes + 15) / 16 * 16;
        return part;
    };
    const int node_values = (2 * nodes * nodes + 3) / 4 * 4;  // rows are loaded four values at a time
    const int nodes_and_rows = node_values + 2 * nodes * side;
    const int source = source_pitch(samples.most_source_side) * (samples.most_source_side + 2);
    memory.sums = reinterpret_cast<SampleSums*>(take(sizeof(SampleSums)));
    memory.axes = reinterpret_cast<AxisTaps*>(take(2 * sizeof(AxisTaps)));
    memory.nodes = reinterpret_cast<float*>(take(sizeof(float) * std::max(nodes_and_rows, kTileSide * side)));
    memory.rows = base ? memory.nodes + node_values : nullptr;
    memory.lines = memory.nodes;
    memory.pen = reinterpret_cast<std::uint8_t*>(take(256));
    memory.canvas = reinterpret_cast<std::uint8_t*>(take(side * side));
    memory.spare = reinterpret_cast<std::uint8_t*>(take(std::max(source, side * side)));
    return used;
}

}  // namespace chiffre::cuda
