// tiles.h -- tiles of bytes -> one register per pixel, lane i = image i: a byte transpose, then a conversion.
#pragma once

#include "../lenet5.h"
#include "../tile.h"
#include "lanes.h"

namespace chiffre::cpu::CHIFFRE_ISA {

using Bytes [[gnu::vector_size(16)]] = std::uint8_t;

inline Bytes interleave_low(Bytes a, Bytes b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
inline Bytes interleave_high(Bytes a, Bytes b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// pixels[i] = pixel i of kLanes tiles as the network wants it. `tiles` holds n >= 1 tiles; where n < kLanes, the lanes
// beyond repeat the first.
inline void load_tiles(Lanes* pixels, const std::uint8_t* tiles, int n) {
    constexpr int kStep = sizeof(Bytes);  // pixels at a time
    for (int first = 0; first < kTileBytes; first += kStep) {
        Bytes rows[kLanes];
#pragma GCC unroll 16
        for (int lane = 0; lane < kLanes; ++lane)
            __builtin_memcpy(&rows[lane], tiles + (lane < n ? lane : 0) * kTileBytes + first, kStep);
            // Interleaving each row with the one half the rows away, log2(kLanes) times, is a transpose.
#pragma GCC unroll 4
        for (int round = 1; round < kLanes; round *= 2) {
            Bytes next[kLanes];
#pragma GCC unroll 8
            for (int i = 0; i < kLanes / 2; ++i) {
                next[2 * i] = interleave_low(rows[i], rows[i + kLanes / 2]);
                next[2 * i + 1] = interleave_high(rows[i], rows[i + kLanes / 2]);
            }
#pragma GCC unroll 16
            for (int i = 0; i < kLanes; ++i) rows[i] = next[i];
        }
        std::uint8_t bytes[kStep * kLanes];
        static_assert(sizeof bytes == sizeof rows);
        __builtin_memcpy(bytes, rows, sizeof bytes);
        // One value at a time, for the compiler to vectorize: of the vector conversions GCC 12 makes scalar code.
        float* to = reinterpret_cast<float*>(pixels + first);
        for (int i = 0; i < kStep * kLanes; ++i) to[i] = static_cast<float>(bytes[i]) * kInputScale + kInputBias;
    }
}

}  // namespace chiffre::cpu::CHIFFRE_ISA
