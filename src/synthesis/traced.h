// traced.h -- digits that real people wrote, traced from small pictures of them, so that pages can be drawn in hands
// that nobody made up. For training alone: what the reading is measured on is drawn without them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "synthesis/script.h"
#include "tile.h"

namespace chiffre::synthesis {

// Of each digit the outlines of many, finest strokes first: those that stand next to each other here could be of one
// pen. The baseline lies at y = 1, ink begins at x = 0, the longer side is 1.
struct TracedDigits {
    std::array<std::vector<std::vector<Outline>>, 10> outlines;
};

// tiles: digits in MNIST's frame, labels: 0..9.
TracedDigits trace_digits(std::span<const Tile> tiles, std::span<const std::uint8_t> labels);

// `script` with digits of about one breadth of stroke in place of its own; it draws all other characters. `traced` must
// outlive it and have some of each digit. `choice` is copied.
Script traced_script(Script script, const TracedDigits& traced, const Hand& hand, Random choice);

}  // namespace chiffre::synthesis
