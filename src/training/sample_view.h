// sample_view.h -- a sample plan as a kernel reads it: tables and numbers, nothing to be computed twice. The spans are
// of host memory (sample_tables.h) or of a GPU's (kernels/training/sample_maker.h).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "draws.h"

namespace chiffre::training {

// Shapes that follow each other within their kind.
struct ShapeFamily {
    std::uint32_t first = 0, count = 0;
};

// The four nodes of the elastic grid whose B-splines reach a pixel, per axis, and their weights there.
struct alignas(16) NodeTaps {
    std::array<float, 4> weight{};
    int first = 0;
};

// As SampleKind; "first" is the place of the kind's own in the table of that name.
struct KindView {
    std::uint32_t first_sample = 0;  // of an epoch
    std::uint32_t first_family = 0, families = 0;
    std::uint32_t first_label = 0, first_tap = 0, first_curve = 0;
    std::uint64_t first_byte = 0;  // of the shapes
    int source_side = 0, canvas_side = 0;
    int nodes = 0;  // of the elastic grid, per axis; 0: none
    float magnification = 1;
    float pen_pixels_per_px = 0;  // source pixels for one of the tile where shapes are fields of a pen, else 0
    bool drawn = false, framed = false;
    WarpStrength warp;
    InkStrength ink;
};

using Curve = std::array<std::uint8_t, 256>;

struct SampleView {
    std::span<const KindView> kinds;
    std::span<const ShapeFamily> families;
    std::span<const std::uint8_t> shapes;
    std::span<const std::uint8_t> labels;
    std::span<const NodeTaps> taps;      // (canvas side) per kind that has nodes
    std::span<const Curve> curves;       // kCurves per kind that has contrast
    std::span<const std::int8_t> noise;  // standard normal in sixteenths
    FrameStrength frame;
    std::uint64_t seed = 0;
    std::uint32_t per_epoch = 0;
    int most_nodes = 0, most_canvas_side = 0, most_source_side = 0;
};

}  // namespace chiffre::training
