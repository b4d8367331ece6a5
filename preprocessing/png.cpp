// png.cpp -- the chunks of a PNG: lengths and checksums.
#include "png.h"

#include <zlib.h>

#include <algorithm>
#include <string_view>

#include "error.h"
#include "formats.h"

namespace chiffre {
namespace {

constexpr std::size_t kSignatureBytes = 8, kFrameBytes = 12;  // frame: length, kind, checksum, 4 bytes each

std::uint32_t big_endian_u32(std::span<const std::uint8_t> bytes, std::size_t at) {
    return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
           bytes[at + 3];
}

Error damaged(const std::string& name, const std::string& reason) {
    return {ErrorCode::not_an_image, name + ": damaged or truncated PNG (" + reason + ")"};
}

// The chunk at `at`: its kind and data, within the file.
std::span<const std::uint8_t> kind_and_data(std::span<const std::uint8_t> png, std::size_t at,
                                            const std::string& name) {
    const std::size_t left = png.size() - at;
    if (left < kFrameBytes || left - kFrameBytes < big_endian_u32(png, at)) {
        throw damaged(name, "the file ends after " + std::to_string(png.size()) + " bytes, before the picture does");
    }
    return png.subspan(at + 4, 4 + std::size_t{big_endian_u32(png, at)});
}

// What decoding depends on, and only that: a picture is not refused for a damaged comment.
void check_critical(std::span<const std::uint8_t> kind_and_data, std::uint32_t checksum, const std::string& name) {
    const std::string kind(kind_and_data.begin(), kind_and_data.begin() + 4);
    if (kind != "IHDR" && kind != "PLTE" && kind != "IDAT" && kind != "IEND") {
        throw damaged(name, "a critical chunk of an unknown kind");
    }
    if (crc32_z(0, kind_and_data.data(), kind_and_data.size()) != checksum) {
        throw damaged(name, "wrong checksum in chunk " + kind);
    }
}

bool is_kind(std::span<const std::uint8_t> kind_and_data, std::string_view kind) {
    return std::equal(kind.begin(), kind.end(), kind_and_data.begin());
}

}  // namespace

std::span<const std::uint8_t> check_png(std::span<const std::uint8_t> png, std::int64_t max_pixels,
                                        const std::string& name) {
    constexpr std::size_t kHeaderBytes = 13;
    const auto header = kind_and_data(png, kSignatureBytes, name);
    if (!is_kind(header, "IHDR") || header.size() != 4 + kHeaderBytes) throw damaged(name, "no header");
    check_size(big_endian_u32(header, 4), big_endian_u32(header, 8), max_pixels, name);

    std::span<const std::uint8_t> exif;
    for (std::size_t at = kSignatureBytes;;) {
        const auto chunk = kind_and_data(png, at, name);
        const bool is_critical = chunk[0] >= 'A' && chunk[0] <= 'Z';
        if (is_critical) check_critical(chunk, big_endian_u32(png, at + 4 + chunk.size()), name);
        if (is_kind(chunk, "eXIf")) exif = chunk.subspan(4);
        if (is_kind(chunk, "IEND")) return exif;
        at += kFrameBytes - 4 + chunk.size();
    }
}

}  // namespace chiffre
