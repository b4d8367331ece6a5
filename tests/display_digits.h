// display_digits.h -- seven-segment figures for tests of training: learned in seconds, and there without MNIST.
#pragma once

#include "training/frame.h"
#include "training/samples.h"
#include "training/seven_segment.h"

namespace chiffre::training {

// Other figures for every `epoch`.
inline LabelledTiles display_digits(int count, std::uint32_t epoch) {
    LabelledTiles digits;
    digits.tiles.resize(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        Random random(1, Stream::glyphs, epoch, static_cast<std::uint32_t>(i));
        frame(draw_display_digit(random, i % 10).view(), Frame{}, digits.tiles[static_cast<std::size_t>(i)]);
        digits.labels.push_back(static_cast<std::uint8_t>(i % 10));
    }
    return digits;
}

}  // namespace chiffre::training
