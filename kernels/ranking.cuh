// ranking.cuh -- the best digits of one image, as the last step of a fused kernel.
#pragma once

#include <cstdint>

#include "lenet5.h"

namespace chiffre::cuda {

// top[0..k) = the k digits with the highest scores, best first, of equal scores the smaller digit. One thread.
__device__ inline void rank(std::uint8_t* top, const float* scores, int k) {
    unsigned taken = 0;
    for (int place = 0; place < k; ++place) {
        int best = -1;
        for (int digit = 0; digit < kClasses; ++digit)
            if (!(taken >> digit & 1) && (best < 0 || scores[digit] > scores[best])) best = digit;
        taken |= 1u << best;
        top[place] = static_cast<std::uint8_t>(best);
    }
}

}  // namespace chiffre::cuda
