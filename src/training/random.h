// random.h -- random numbers that are a function of (seed, stream, epoch, index), so that no result depends on which
// thread drew first or on how often a run was interrupted.
#pragma once

#include <array>
#include <cstdint>

namespace chiffre::training {

// What the numbers are for: two purposes never share numbers. Part of every weights file's history: never renumber.
enum class Stream : std::uint32_t { split, initialization, order, sample, glyphs, validation, pages, habits };

// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = 0xD2511F53ull * counter[0], b = 0xCD9E8D57ull * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
    return counter;
}

class Random {
  public:
    Random(std::uint64_t seed, Stream stream, std::uint32_t epoch, std::uint32_t index)
        : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
          counter_{0, index, epoch, static_cast<std::uint32_t>(stream)} {}

    std::uint32_t next() {
        if (used_ == 4) {
            block_ = philox(counter_, key_);
            ++counter_[0];
            used_ = 0;
        }
        return block_[used_++];
    }

    // In [0, 1), with the 24 bits that a float can hold.
    float uniform() { return static_cast<float>(next() >> 8) * 0x1p-24f; }
    float uniform(float low, float high) { return low + (high - low) * uniform(); }
    // In [-range, range); exactly 0 where the range is 0.
    float symmetric(float range) { return range * (2.0f * uniform() - 1.0f); }
    // In [0, n); the bias of the multiplication, n / 2^32, is far below anything that training notices.
    int below(int n) { return static_cast<int>((static_cast<std::uint64_t>(next()) * static_cast<unsigned>(n)) >> 32); }
    bool chance(float probability) { return uniform() < probability; }

  private:
    std::array<std::uint32_t, 2> key_;
    std::array<std::uint32_t, 4> counter_;
    std::array<std::uint32_t, 4> block_{};
    int used_ = 4;
};

}  // namespace chiffre::training
