// shuffle.h -- a random order. std::shuffle differs between standard libraries; weights must not.
#pragma once

#include <numeric>
#include <utility>
#include <vector>

#include "random.h"

namespace chiffre::training {

// 0 .. n-1 in random order (Fisher-Yates).
inline std::vector<int> shuffled(int n, Random random) {
    std::vector<int> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    for (int i = n - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
    return order;
}

}  // namespace chiffre::training
