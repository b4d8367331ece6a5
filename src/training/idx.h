// idx.h -- MNIST as it is published: four gzip-compressed files in LeCun's IDX format (big-endian sizes, then bytes).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "samples.h"

namespace chiffre::training {

// What a file must hold. A data set that differs in one pixel gives other weights, hence the checksum.
struct IdxFormat {
    std::vector<int> sizes;   // of the array: {60000, 28, 28}
    std::uint32_t crc32 = 0;  // of the uncompressed file
};

// The bytes of the array, row-major. Reads plain and gzip-compressed files.
// Throws Error: not_found, unreadable, bad_data (truncated, trailing bytes, wrong type, sizes or checksum).
std::vector<std::uint8_t> read_idx(const std::filesystem::path& path, const IdxFormat& format);

enum class MnistPart { train, test };

// The 60,000 or 10,000 digits of MNIST in the folder that holds its .gz files, padded from 28x28 to tiles.
// Throws what read_idx throws.
LabelledTiles load_mnist(const std::filesystem::path& folder, MnistPart part);

// The training part in two: 5,000 of a fixed shuffle are held back for choosing, the others are learned from. The
// shuffle does not depend on the seed of a run, so that runs with different seeds can be compared. Fold 0 holds back
// the last 5,000, fold 1 those before, and so on; no two share a digit. Folds because 5,000 digits know an error of 0.5
// % to a standard error of 0.1 points only, which is more than what good recipes differ by; all 60,000 know it to 0.03.
struct MnistSplit {
    LabelledTiles learn, validation;
};
inline constexpr int kHeldBack = 5'000, kFolds = 12;
// `train` has more than (fold + 1) * kHeldBack digits, or just as many.
MnistSplit hold_back(const LabelledTiles& train, int fold = 0);

}  // namespace chiffre::training
