// random.h -- random numbers that are a function of (seed, stream, epoch, index), so that no result depends on which
// thread drew first, on how often a run was interrupted, or on whether a CPU or a GPU drew.
#pragma once

#include <array>
#include <cstdint>

#include "host_device.h"

namespace chiffre::training {

// What the numbers are for: two purposes never share numbers. Part of every weights file's history: never renumber.
enum class Stream : std::uint32_t {
    split,
    initialization,
    order,
    sample,
    glyphs,
    validation,
    pages,
    habits,
    search,
    harvest
};

// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
CHIFFRE_HOST_DEVICE inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                               std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = 0xD2511F53ull * counter[0], b = 0xCD9E8D57ull * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
    return counter;
}

CHIFFRE_HOST_DEVICE inline std::array<std::uint32_t, 2> philox_key(std::uint64_t seed) {
    return {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
}

// What a drawn word stands for. In [0, 1), with the 24 bits that a float can hold.
CHIFFRE_HOST_DEVICE inline float as_uniform(std::uint32_t word) {
    return static_cast<float>(word >> 8) * 0x1p-24f;
}
// In [-range, range); exactly 0 where the range is 0.
CHIFFRE_HOST_DEVICE inline float as_symmetric(std::uint32_t word, float range) {
    return range * (2.0f * as_uniform(word) - 1.0f);
}

class Random {
  public:
    CHIFFRE_HOST_DEVICE Random(std::uint64_t seed, Stream stream, std::uint32_t epoch, std::uint32_t index)
        : key_(philox_key(seed)), counter_{0, index, epoch, static_cast<std::uint32_t>(stream)} {}

    CHIFFRE_HOST_DEVICE std::uint32_t next() {
        if (used_ == 4) draw_block();
        return block_[used_++];
    }

    // The next word is number `draw`, counted from 0: threads that share a sample's numbers each go to their own.
    CHIFFRE_HOST_DEVICE void go_to(std::uint32_t draw) {
        counter_[0] = draw / 4;
        draw_block();
        used_ = static_cast<int>(draw % 4);
    }

    CHIFFRE_HOST_DEVICE float uniform() { return as_uniform(next()); }
    CHIFFRE_HOST_DEVICE float uniform(float low, float high) { return low + (high - low) * uniform(); }
    CHIFFRE_HOST_DEVICE float symmetric(float range) { return as_symmetric(next(), range); }
    // In [0, n); the bias of the multiplication, n / 2^32, is far below anything that training notices.
    CHIFFRE_HOST_DEVICE int below(int n) {
        return static_cast<int>((static_cast<std::uint64_t>(next()) * static_cast<unsigned>(n)) >> 32);
    }
    CHIFFRE_HOST_DEVICE bool chance(float probability) { return uniform() < probability; }

  private:
    CHIFFRE_HOST_DEVICE void draw_block() {
        block_ = philox(counter_, key_);
        ++counter_[0];
        used_ = 0;
    }

    std::array<std::uint32_t, 2> key_;
    std::array<std::uint32_t, 4> counter_;
    std::array<std::uint32_t, 4> block_{};
    int used_ = 4;
};

}  // namespace chiffre::training
