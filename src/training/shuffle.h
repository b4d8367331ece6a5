// shuffle.h -- random orders. std::shuffle differs between standard libraries; weights must not.
#pragma once

#include <numeric>
#include <utility>
#include <vector>

#include "random.h"

namespace chiffre::training {

// 0 .. n-1 in random order (Fisher-Yates): for what is drawn once.
inline std::vector<int> shuffled(int n, Random random) {
    std::vector<int> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    for (int i = n - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
    return order;
}

// The sample at place i of an epoch's order, 0 <= i < n: a permutation of 0 .. n-1 that any thread evaluates
// alone. A Feistel network of four rounds permutes the numbers of the next even count of bits (Luby, Rackoff, "How to
// construct pseudorandom permutations from pseudorandom functions", SIAM J. Comput. 1988); what falls outside of 0 ..
// n-1 is permuted again until it falls inside (cycle walking: Black, Rogaway, "Ciphers with arbitrary finite domains",
// CT-RSA 2002), fewer than four times in the mean.
CHIFFRE_HOST_DEVICE inline std::uint32_t permuted(std::uint32_t i, std::uint32_t n, std::uint64_t seed,
                                                  std::uint32_t epoch) {
    constexpr std::uint32_t kRounds = 4;
    int half_bits = 1;
    while ((std::uint64_t{1} << (2 * half_bits)) < n) ++half_bits;
    const std::uint32_t mask = (1u << half_bits) - 1;
    do {
        std::uint32_t left = i >> half_bits, right = i & mask;
        for (std::uint32_t round = 0; round < kRounds; ++round) {
            const auto mixed =
                philox({right, round, epoch, static_cast<std::uint32_t>(Stream::order)}, philox_key(seed));
            const std::uint32_t next = left ^ (mixed[0] & mask);
            left = right;
            right = next;
        }
        i = left << half_bits | right;
    } while (i >= n);
    return i;
}

}  // namespace chiffre::training
