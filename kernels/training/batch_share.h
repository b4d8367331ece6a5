// batch_share.h -- which images of a batch each of several GPUs takes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "host_device.h"

namespace chiffre::cuda {

// Share `index` of `count`: images that stand side by side, at most one more than any other share has. Of fewer images
// than shares the last shares get none.
struct BatchShare {
    int index = 0, count = 1;

    constexpr int first(int batch) const { return batch / count * index + std::min(index, batch % count); }
    constexpr int size(int batch) const { return batch / count + (index < batch % count ? 1 : 0); }

    // In all batches of `samples`; the last batch takes what is left.
    constexpr std::int64_t size_of_all(std::int64_t samples, int batch) const {
        return samples / batch * size(batch) + size(static_cast<int>(samples % batch));
    }
};

// `count` places of an epoch's order: stretches of `length`, the last one perhaps shorter, that begin `distance` apart.
struct Places {
    std::uint32_t first = 0, count = 0, length = 1, distance = 1;
    CHIFFRE_HOST_DEVICE constexpr std::uint32_t at(std::uint32_t i) const {
        return first + i / length * distance + i % length;
    }
};

// The places of a share in the batches of `samples` places from `first` on, batch after batch.
inline std::vector<Places> places_of(BatchShare share, std::uint32_t first, std::uint32_t samples, int batch) {
    if (share.count == 1) return {{first, samples, std::max(samples, 1u), 1}};
    const std::uint32_t batches = samples / batch;
    const auto size = static_cast<std::uint32_t>(share.size(batch));
    std::vector<Places> places;
    if (batches * size > 0)
        places.push_back({first + share.first(batch), batches * size, size, static_cast<std::uint32_t>(batch)});
    const int left = static_cast<int>(samples % batch);
    const auto size_of_left = static_cast<std::uint32_t>(share.size(left));
    if (size_of_left > 0)
        places.push_back({first + batches * batch + share.first(left), size_of_left, size_of_left, 1});
    return places;
}

}  // namespace chiffre::cuda
