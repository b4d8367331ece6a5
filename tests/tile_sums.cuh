// tile_sums.cuh -- in place of a forward pass: what it makes of a tile can be checked by hand.
#pragma once

#include "forward.h"

namespace chiffre::cuda {

// scores[i][j] = j * 1,000,000 + the sum of the bytes of tile i; all are whole numbers that a float holds.
void tile_sums(const ForwardBatch& batch, CUstream_st* stream);

// Breaks the context of this process for good, as a kernel that leaves its memory does.
void trap(CUstream_st* stream);

}  // namespace chiffre::cuda
