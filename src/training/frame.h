// frame.h -- MNIST's frame: longer side 20 px, aspect kept, centre of mass in the middle. The same rule as the front
// end's normalize stage, over plain buffers, so that what is learned looks like what is read.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "host_device.h"
#include "tile.h"

namespace chiffre::training {

// Part of a larger picture, or all of one. The owner outlives the view.
struct Grey {
    const std::uint8_t* pixels = nullptr;
    int w = 0, h = 0;
    int pitch = 0;  // pixels from row to row
};

inline constexpr int kMaxResize = 512;  // px, longest side that resize takes and makes

// Shrinks by area averaging, enlarges by bilinear interpolation, each axis by itself. `out` is out_w x out_h with rows
// `out_pitch` apart.
void resize(const Grey& source, std::uint8_t* out, int out_w, int out_h, int out_pitch);

// The source pixels that one output pixel of an axis is a mean of, and the stretch of the axis that it covers.
struct Tap {
    int first, count;
    float low, high;
    CHIFFRE_HOST_DEVICE float weight(int pixel) const {
        const float covered = std::min(high, static_cast<float>(pixel + 1)) - std::max(low, static_cast<float>(pixel));
        return std::max(covered, 0.0f) / (high - low);
    }
};

// For output pixel i of an axis that goes from `in` to `out` pixels.
CHIFFRE_HOST_DEVICE inline Tap resize_tap(int in, int out, int i) {
    const float scale = static_cast<float>(in) / static_cast<float>(out);
    float low = static_cast<float>(i) * scale, high = static_cast<float>(i + 1) * scale;
    if (scale < 1) {  // a box of one source pixel about the centre: bilinear interpolation
        const float centre = 0.5f * (low + high);
        low = std::min(std::max(centre - 0.5f, 0.0f), static_cast<float>(in - 1));
        high = low + 1;
    }
    const int first = std::min(static_cast<int>(low), in - 1);
    const int last = std::min(std::max(static_cast<int>(ceilf(high)), first + 1), in);
    return {first, last - first, low, high};
}

// The smallest part that holds all ink of at least kInkLevel; w = 0 where there is none.
inline constexpr std::uint8_t kInkLevel = 64;
Grey crop_to_ink(const Grey& picture);

// Where the shape stands in its tile; the defaults are MNIST's.
struct Frame {
    float long_side_px = 20;
    float shift_x_px = 0, shift_y_px = 0;  // of the centre of mass from the middle of the tile
};

// The side of a framed shape whose ink is `side` long, `long_side` the longer of its two, in the picture.
CHIFFRE_HOST_DEVICE inline int framed_side(int side, int long_side, const Frame& frame) {
    const float scale = frame.long_side_px / static_cast<float>(long_side);
    const int wanted = std::max(static_cast<int>(lroundf(scale * static_cast<float>(side))), 1);
    return wanted < kTileSide ? wanted : kTileSide;  // std::min would take the address of a constant of the CPU's
}

// Where a framed shape of that side and centre of mass (moment / mass) begins in the tile, per axis.
CHIFFRE_HOST_DEVICE inline int framed_start(int side, int moment, int mass, float shift_px) {
    // MNIST rounds the centre of mass to pixel (14, 14) of 28x28, which is half a pixel right of and below the middle:
    // over its training set the mean is 16.507, 16.496 in a tile, where pixel centres are at halves.
    constexpr float kMiddle = 0.5f * kTileSide + 0.5f;
    const float centre = static_cast<float>(moment) / static_cast<float>(mass) + 0.5f;
    return std::min(std::max(static_cast<int>(lroundf(kMiddle + shift_px - centre)), 0), kTileSide - side);
}

// Returns false where the picture holds no ink; the tile is then empty.
bool frame(const Grey& picture, const Frame& frame, Tile& tile);

}  // namespace chiffre::training
