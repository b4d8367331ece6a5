// formats.cpp -- formats told apart by their magic numbers. Formats that are not read are known by name too, so that
// a user who hands in a HEIC picture learns what to do with it.
#include "formats.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string_view>

#include "error.h"

namespace chiffre {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kUnderstood = "JPEG, PNG, BMP, binary PGM or PPM, or TGA";

std::string_view as_text(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// TGA has no magic number. Its header is taken for one only where all of its fields agree with each other; 17 of its
// first 18 bytes are constrained, so that neither text nor an icon (.cur begins 00 00 02 00) passes.
bool is_tga(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t kHeaderBytes = 18;
    if (bytes.size() < kHeaderBytes) return false;
    const auto is_one_of = [](int value, std::initializer_list<int> list) {
        return std::find(list.begin(), list.end(), value) != list.end();
    };
    const auto u16 = [&](std::size_t at) { return bytes[at] | bytes[at + 1] << 8; };
    const int kind = bytes[2] & ~8, depth = bytes[16], alpha_bits = bytes[17] & 15;  // 8 in byte 2: run lengths
    if (u16(12) == 0 || u16(14) == 0) return false;                                  // width, height
    if ((bytes[17] & 0xd0) != 0) return false;                                       // stored right to left, reserved
    const bool has_palette = bytes[1] == 1;
    const bool palette_fits = has_palette ? u16(3) == 0 && u16(5) >= 1 && is_one_of(bytes[7], {15, 16, 24, 32})
                                          : u16(3) == 0 && u16(5) == 0 && bytes[7] == 0;
    if (bytes[1] > 1 || !palette_fits) return false;
    switch (kind) {
        case 1:
            return has_palette && depth == 8 && is_one_of(alpha_bits, {0, 1, 8});
        case 2:
            return !has_palette &&
                   ((depth == 24 && alpha_bits == 0) || (depth == 32 && is_one_of(alpha_bits, {0, 8})) ||
                    (is_one_of(depth, {15, 16}) && alpha_bits <= 1));
        case 3:
            return !has_palette && ((depth == 8 && alpha_bits == 0) || (depth == 16 && is_one_of(alpha_bits, {0, 8})));
        default:
            return false;
    }
}

struct Magic {
    std::size_t offset;
    std::string_view bytes;
    std::string_view name;
};

constexpr std::array kNotRead = {
    Magic{0, "GIF8"sv, "GIF"},
    Magic{8, "WEBP"sv, "WebP"},
    Magic{0, "II*\0"sv, "TIFF (or camera raw)"},
    Magic{0, "MM\0*"sv, "TIFF (or camera raw)"},
    Magic{4, "ftypavi"sv, "AVIF"},
    Magic{4, "ftyphe"sv, "HEIC"},
    Magic{4, "ftypmif1"sv, "HEIF"},
    Magic{4, "ftypmsf1"sv, "HEIF"},
    Magic{0, "\0\0\0\x0cJXL \r\n"sv, "JPEG XL"},
    Magic{0, "\xff\x0a"sv, "JPEG XL"},
    Magic{0, "\0\0\0\x0cjP  \r\n"sv, "JPEG 2000"},
    Magic{0, "8BPS"sv, "Photoshop"},
};

// The variants of the PNM family other than P5 and P6.
bool is_other_pnm(std::string_view text) {
    return text.size() >= 3 && text[0] == 'P' && "12347"sv.find(text[1]) != std::string_view::npos &&
           " \t\r\n#"sv.find(text[2]) != std::string_view::npos;
}

std::optional<std::string_view> unread_format(std::string_view text) {
    for (const Magic& magic : kNotRead) {
        if (text.size() > magic.offset && text.substr(magic.offset).starts_with(magic.bytes)) return magic.name;
    }
    if (is_other_pnm(text)) return "PBM, PAM or ASCII PNM";
    return std::nullopt;
}

// Pages of a TIFF: of the chain of its directories, as far as it lies in the file. 0 for what is none.
int tiff_pages(std::span<const std::uint8_t> bytes) {
    const bool little = as_text(bytes).starts_with("II*\0"sv);
    if (!little && !as_text(bytes).starts_with("MM\0*"sv)) return 0;
    const auto number = [&](std::size_t at, std::size_t size) {
        std::size_t value = 0;
        for (std::size_t i = 0; i < size; ++i) value |= std::size_t{bytes[at + i]} << 8 * (little ? i : size - 1 - i);
        return value;
    };
    constexpr int kEnough = 10'000;  // a chain may be a ring
    int pages = 0;
    for (std::size_t link = 4; link + 4 <= bytes.size() && pages < kEnough; ++pages) {
        const std::size_t directory = number(link, 4);
        if (directory < 8 || directory + 2 > bytes.size()) break;
        link = directory + 2 + 12 * number(directory, 2);
    }
    return pages;
}

// What may have several pages; empty for all else.
std::string document(std::span<const std::uint8_t> bytes) {
    if (as_text(bytes).starts_with("%PDF-"sv)) return "a PDF document";
    const int pages = tiff_pages(bytes);
    return pages > 1 ? "a TIFF of " + std::to_string(pages) + " pages (or camera raw)" : "";
}

// What bytes in no known format look like.
std::string looks_like(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t kLooked = 1024;
    const auto head = bytes.first(std::min(bytes.size(), kLooked));
    const auto is_character = [](std::uint8_t c) { return (c >= ' ' && c != 0x7f) || (c >= '\t' && c <= '\r'); };
    if (std::all_of(head.begin(), head.end(), is_character)) return "text";
    if (std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t c) { return c == 0; })) return "nothing but zeros";
    std::string found = "bytes that begin with";
    for (const std::uint8_t byte : bytes.first(std::min<std::size_t>(bytes.size(), 4))) {
        char hex[4];
        std::snprintf(hex, sizeof hex, " %02x", byte);
        found += hex;
    }
    return found;
}

// P5 or P6, white space, and a number or a comment.
bool is_binary_pnm(std::string_view text) {
    if (!text.starts_with("P5") && !text.starts_with("P6")) return false;
    const std::size_t next = text.find_first_not_of(" \t\r\n\v\f", 2);
    if (next == std::string_view::npos) return false;
    return text[next] == '#' || (next > 2 && text[next] >= '0' && text[next] <= '9');
}

}  // namespace

Format sniff(std::span<const std::uint8_t> bytes, const std::string& name) {
    const std::string_view text = as_text(bytes);
    if (text.starts_with("\xff\xd8"sv)) return Format::jpeg;
    if (text.starts_with("\x89PNG\r\n\x1a\n"sv)) return Format::png;
    if (is_binary_pnm(text)) return Format::pnm;
    if (const std::string found = document(bytes); !found.empty())
        throw Error(ErrorCode::not_an_image, name + ": expected a picture, found " + found +
                                                 ", which is not read; convert its pages to JPEG or PNG");
    if (const auto format = unread_format(text)) {
        throw Error(ErrorCode::not_an_image, name + ": is in the format " + std::string(*format) +
                                                 ", which is not supported; convert it to JPEG or PNG");
    }
    // A text may begin with BM; the reserved fields of a bitmap are zero.
    if (text.starts_with("BM") && text.size() >= 10 && text.substr(6, 4) == "\0\0\0\0"sv) return Format::bmp;
    if (is_tga(bytes)) return Format::tga;
    throw Error(ErrorCode::not_an_image,
                name + ": expected a picture (" + std::string(kUnderstood) + "), found " + looks_like(bytes));
}

void check_size(std::int64_t width, std::int64_t height, std::int64_t max_pixels, const std::string& name) {
    const std::string size = std::to_string(width) + " x " + std::to_string(height);
    if (width < 1 || height < 1) {
        throw Error(ErrorCode::not_an_image, name + ": expected a picture, found a size of " + size + " pixels");
    }
    if (width <= max_pixels / height) return;
    const auto pixels = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);  // of 32 bits each
    throw Error(ErrorCode::too_large, name + ": the picture has " + size + " = " + std::to_string(pixels) +
                                          " pixels, at most " + std::to_string(max_pixels) + " are allowed");
}

}  // namespace chiffre
