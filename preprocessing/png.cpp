// png.cpp -- the chunks of a PNG: lengths and checksums.
#include "png.h"

#include <zlib.h>

#include <string_view>

#include "error.h"

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

}  // namespace

std::span<const std::uint8_t> check_png(std::span<const std::uint8_t> png, const std::string& name) {
    std::span<const std::uint8_t> exif;
    for (std::size_t at = kSignatureBytes;;) {
        const std::size_t left = png.size() - at;
        if (left < kFrameBytes || left - kFrameBytes < big_endian_u32(png, at)) {
            throw damaged(name,
                          "the file ends after " + std::to_string(png.size()) + " bytes, before the picture does");
        }
        const std::size_t length = big_endian_u32(png, at);
        const auto kind_and_data = png.subspan(at + 4, 4 + length);
        const std::string kind(kind_and_data.begin(), kind_and_data.begin() + 4);
        const bool is_critical = kind[0] >= 'A' && kind[0] <= 'Z';
        if (is_critical && kind != "IHDR" && kind != "PLTE" && kind != "IDAT" && kind != "IEND") {
            throw damaged(name, "a critical chunk of an unknown kind");
        }
        if (is_critical &&
            crc32_z(0, kind_and_data.data(), kind_and_data.size()) != big_endian_u32(png, at + 8 + length)) {
            throw damaged(name, "wrong checksum in chunk " + kind);
        }
        if (kind == "eXIf") exif = kind_and_data.subspan(4);
        if (kind == "IEND") return exif;
        at += kFrameBytes + length;
    }
}

}  // namespace chiffre
