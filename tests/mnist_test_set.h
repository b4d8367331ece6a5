// mnist_test_set.h -- MNIST's test images as tiles and their labels, read from CHIFFRE_MNIST_DIR by code that shares
// nothing with ours.
#pragma once

#include <zlib.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tile.h"

namespace chiffre {

struct MnistTestSet {
    std::vector<Tile> tiles;
    std::vector<std::uint8_t> labels;
};

// Empty where the environment does not say where MNIST is.
inline MnistTestSet mnist_test_set() {
    constexpr int kImages = 10'000, kSide = 28, kFrame = 2;
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    MnistTestSet set;
    if (!folder) return set;
    const gzFile images = gzopen((std::string(folder) + "/t10k-images-idx3-ubyte.gz").c_str(), "rb");
    const gzFile labels = gzopen((std::string(folder) + "/t10k-labels-idx1-ubyte.gz").c_str(), "rb");
    if (images && labels) {
        set.tiles.resize(kImages);
        set.labels.resize(kImages);
        gzseek(images, 16, SEEK_SET);
        gzseek(labels, 8, SEEK_SET);
        bool whole = gzread(labels, set.labels.data(), kImages) == kImages;
        for (Tile& tile : set.tiles)
            for (int y = 0; y < kSide; ++y)
                whole &= gzread(images, &tile.ink[(y + kFrame) * kTileSide + kFrame], kSide) == kSide;
        if (!whole) set = {};
    }
    if (images) gzclose(images);
    if (labels) gzclose(labels);
    return set;
}

}  // namespace chiffre
