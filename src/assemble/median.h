// median.h -- the middle one of values that are not sorted.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace chiffre {

// The upper one of two in the middle. There is at least one value.
inline float median(std::vector<float> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace chiffre
