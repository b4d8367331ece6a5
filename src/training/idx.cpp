// idx.cpp -- reads IDX files and believes nothing about them that it has not checked.
#include "idx.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <numeric>

#include "error.h"
#include "shuffle.h"

namespace chiffre::training {
namespace {

constexpr int kMnistSide = 28;
constexpr int kMnistPadding = (kTileSide - kMnistSide) / 2;
constexpr std::uint64_t kSplitSeed = 1998;  // any constant; that of LeNet-5's paper

struct MnistFiles {
    const char* images;
    const char* labels;
    int count;
    std::uint32_t images_crc32, labels_crc32;
};
constexpr MnistFiles kTrainFiles{"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", 60'000, 0xe9f4d8b3,
                                 0xe0cb4ad2};
constexpr MnistFiles kTestFiles{"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", 10'000, 0x91373bdf,
                                0x4ab9eff9};

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& expected, const std::string& found) {
    throw Error(ErrorCode::bad_data, path.string() + ": expected " + expected + ", found " + found);
}

std::string hex(std::uint32_t value) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%08x", value);
    return text.data();
}

std::uint32_t big_endian(const std::uint8_t* bytes) {
    return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
           static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

// At most `limit` bytes of the uncompressed file.
std::vector<std::uint8_t> inflate_file(const std::filesystem::path& path, std::size_t limit) {
    if (!std::filesystem::exists(path)) throw Error(ErrorCode::not_found, path.string() + ": no such file");
    if (std::filesystem::is_directory(path))
        throw Error(ErrorCode::unreadable, path.string() + ": expected a file, found a folder");
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
    if (!file) throw Error(ErrorCode::unreadable, path.string() + ": cannot be opened for reading");
    std::vector<std::uint8_t> bytes(limit);
    const int read = gzread(file.get(), bytes.data(), static_cast<unsigned>(limit));
    int status = Z_OK;
    const char* reason = gzerror(file.get(), &status);
    // A stream that ends early is seen as a wrong size by the caller, which says more than zlib does.
    if (read < 0 && status != Z_BUF_ERROR) refuse(path, "a gzip stream", std::string("damage: ") + reason);
    bytes.resize(static_cast<std::size_t>(std::max(read, 0)));
    return bytes;
}

}  // namespace

std::vector<std::uint8_t> read_idx(const std::filesystem::path& path, const IdxFormat& format) {
    const auto dimensions = static_cast<std::uint32_t>(format.sizes.size());
    const std::size_t header = 4 + 4 * format.sizes.size();
    const std::size_t expected =
        std::accumulate(format.sizes.begin(), format.sizes.end(), std::size_t{1}, std::multiplies<>()) + header;

    std::vector<std::uint8_t> bytes = inflate_file(path, expected + 1);  // one more shows that there are trailing bytes
    if (bytes.size() < header) refuse(path, std::to_string(expected) + " bytes", std::to_string(bytes.size()));

    const std::uint32_t magic = 0x0800 | dimensions;  // 08: bytes
    const std::uint32_t found_magic = big_endian(bytes.data());
    if (found_magic != magic) refuse(path, "the magic number " + hex(magic), hex(found_magic));
    for (std::size_t i = 0; i < format.sizes.size(); ++i) {
        const std::uint32_t size = big_endian(bytes.data() + 4 + 4 * i);
        if (size != static_cast<std::uint32_t>(format.sizes[i]))
            refuse(path, "size " + std::to_string(format.sizes[i]) + " in dimension " + std::to_string(i),
                   std::to_string(size));
    }
    if (bytes.size() != expected)
        refuse(path, std::to_string(expected) + " bytes",
               bytes.size() > expected ? "more" : std::to_string(bytes.size()) + " (truncated)");
    const auto crc = static_cast<std::uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
    if (crc != format.crc32) refuse(path, "CRC-32 " + hex(format.crc32), hex(crc));

    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
    return bytes;
}

LabelledTiles load_mnist(const std::filesystem::path& folder, MnistPart part) {
    const MnistFiles& files = part == MnistPart::train ? kTrainFiles : kTestFiles;
    const std::vector<std::uint8_t> images =
        read_idx(folder / files.images, {{files.count, kMnistSide, kMnistSide}, files.images_crc32});

    LabelledTiles digits;
    digits.labels = read_idx(folder / files.labels, {{files.count}, files.labels_crc32});
    digits.tiles.resize(static_cast<std::size_t>(files.count));
    const std::uint8_t* row = images.data();
    for (Tile& tile : digits.tiles)
        for (int y = 0; y < kMnistSide; ++y, row += kMnistSide)
            std::copy_n(row, kMnistSide, &tile.ink[(y + kMnistPadding) * kTileSide + kMnistPadding]);
    return digits;
}

MnistSplit hold_back(const LabelledTiles& train, int fold) {
    const std::vector<int> order = shuffled(train.size(), Random(kSplitSeed, Stream::split, 0, 0));
    const int end = train.size() - fold * kHeldBack, begin = end - kHeldBack;
    MnistSplit split;
    for (int i = 0; i < train.size(); ++i) {
        LabelledTiles& part = i >= begin && i < end ? split.validation : split.learn;
        part.tiles.push_back(train.tiles[order[i]]);
        part.labels.push_back(train.labels[order[i]]);
    }
    return split;
}

}  // namespace chiffre::training
