// frame.h -- MNIST's frame: longer side 20 px, aspect kept, centre of mass in the middle. The same rule as the front
// end's normalize stage, over plain buffers, so that what is learned looks like what is read.
#pragma once

#include <cstdint>

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

// The smallest part that holds all ink of at least kInkLevel; w = 0 where there is none.
inline constexpr std::uint8_t kInkLevel = 64;
Grey crop_to_ink(const Grey& picture);

// Where the shape stands in its tile; the defaults are MNIST's.
struct Frame {
    float long_side_px = 20;
    float shift_x_px = 0, shift_y_px = 0;  // of the centre of mass from the middle of the tile
};

// Returns false where the picture holds no ink; the tile is then empty.
bool frame(const Grey& picture, const Frame& frame, Tile& tile);

}  // namespace chiffre::training
