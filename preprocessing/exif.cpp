// exif.cpp -- the orientation, read with every offset checked against the bytes that are there.
#include "exif.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace chiffre {
namespace {

using namespace std::string_view_literals;

bool starts_with(std::span<const std::uint8_t> bytes, std::string_view magic) {
    return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin(),
                                                      [](char a, auto b) { return static_cast<std::uint8_t>(a) == b; });
}

// Unsigned numbers in either byte order. What lies outside of the bytes reads as 0, which no caller takes for an
// orientation.
struct Numbers {
    std::span<const std::uint8_t> bytes;
    bool little_endian;

    std::uint32_t read(std::size_t at, std::size_t size) const {
        if (at > bytes.size() || bytes.size() - at < size) return 0;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[at + (little_endian ? size - 1 - i : i)];
        return value;
    }
    std::uint32_t u16(std::size_t at) const { return read(at, 2); }
    std::uint32_t u32(std::size_t at) const { return read(at, 4); }
};

}  // namespace

std::span<const std::uint8_t> find_jpeg_exif(std::span<const std::uint8_t> jpeg) {
    constexpr std::uint8_t kStartOfScan = 0xda, kEndOfImage = 0xd9, kApp1 = 0xe1;
    const Numbers numbers{jpeg, false};
    std::size_t at = 2;  // after the start-of-image marker
    while (at + 4 <= jpeg.size() && jpeg[at] == 0xff) {
        const std::uint8_t marker = jpeg[at + 1];
        if (marker == 0xff) {  // a fill byte
            ++at;
            continue;
        }
        const std::size_t length = numbers.u16(at + 2);  // counts itself, not the marker
        if (marker == kStartOfScan || marker == kEndOfImage || length < 2 || jpeg.size() - at - 2 < length) return {};
        const auto segment = jpeg.subspan(at + 4, length - 2);
        if (marker == kApp1 && starts_with(segment, "Exif\0\0"sv)) return segment.subspan(6);
        at += 2 + length;
    }
    return {};
}

int exif_orientation(std::span<const std::uint8_t> exif) {
    constexpr std::uint32_t kOrientationTag = 0x0112, kShort = 3;
    constexpr std::size_t kEntryBytes = 12;
    const bool little_endian = starts_with(exif, "II*\0"sv);
    if (!little_endian && !starts_with(exif, "MM\0*"sv)) return 1;
    const Numbers numbers{exif, little_endian};
    const std::size_t directory = numbers.u32(4);
    const std::size_t entries = numbers.u16(directory);
    for (std::size_t i = 0; i < entries; ++i) {
        const std::size_t entry = directory + 2 + i * kEntryBytes;
        if (numbers.u16(entry) != kOrientationTag) continue;
        const std::uint32_t type = numbers.u16(entry + 2), count = numbers.u32(entry + 4);
        const int value = static_cast<int>(numbers.u16(entry + 8));
        return type == kShort && count == 1 && value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
}

cv::Mat upright(const cv::Mat& picture, int orientation) {
    constexpr int kUpsideDown = 0, kMirrored = 1, kBoth = -1;  // cv::flip's codes
    if (orientation == 1) return picture;
    const bool lies_on_its_side = orientation >= 5;
    cv::Mat turned;
    if (lies_on_its_side) cv::transpose(picture, turned);
    const cv::Mat& standing = lies_on_its_side ? turned : picture;
    cv::Mat result;
    switch (orientation) {
        case 2:
        case 6:
            cv::flip(standing, result, kMirrored);
            break;
        case 3:
        case 7:
            cv::flip(standing, result, kBoth);
            break;
        case 4:
        case 8:
            cv::flip(standing, result, kUpsideDown);
            break;
        default:
            return standing;  // 5
    }
    return result;
}

}  // namespace chiffre
