// allographs.h -- the ways in which people form each digit, as the path that the pen takes.
#pragma once

#include <span>
#include <vector>

namespace chiffre::synthesis {

// A place that the pen passes: x to the right, y down, top of the digit at y = 0, baseline at y = 1. At a corner the
// path turns sharply, elsewhere it is smooth.
struct Knot {
    float x, y;
    bool corner = false;
};

struct Allograph {
    const char* name;
    float share;                             // of the writers who form the digit so, relative to the digit's others
    std::vector<std::vector<Knot>> strokes;  // in writing order, pen lifted between them
};

// digit: 0..9.
std::span<const Allograph> allographs(int digit);

}  // namespace chiffre::synthesis
