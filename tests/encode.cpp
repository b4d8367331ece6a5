// encode.cpp -- JPEG by libjpeg, PNG, BMP and TGA by stb_image_write or by hand.
#include "encode.h"

#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

// After <cstdio>, which it needs.
#include <jpeglib.h>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

namespace chiffre::test {
namespace {

void append_u32(Bytes& bytes, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint32_t read_u32(const Bytes& bytes, std::size_t at) {
    return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
           bytes[at + 3];
}

void append_chunk(Bytes& png, const PngChunk& chunk) {
    append_u32(png, static_cast<std::uint32_t>(chunk.data.size()));
    const std::size_t begin = png.size();
    png.insert(png.end(), chunk.kind.begin(), chunk.kind.end());
    png.insert(png.end(), chunk.data.begin(), chunk.data.end());
    append_u32(png, static_cast<std::uint32_t>(crc32_z(0, png.data() + begin, png.size() - begin)));
}

J_COLOR_SPACE given_colors(int channels) {
    return channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
}

J_COLOR_SPACE stored_colors(JpegColors colors, int channels) {
    switch (colors) {
        case JpegColors::usual:
            return channels == 1 ? JCS_GRAYSCALE : JCS_YCbCr;
        case JpegColors::grey:
            return JCS_GRAYSCALE;
        case JpegColors::rgb:
            return JCS_RGB;
        case JpegColors::cmyk:
            return JCS_CMYK;
        case JpegColors::ycck:
            return JCS_YCCK;
    }
    return JCS_UNKNOWN;
}

void append_to(void* context, void* data, int size) {
    const auto* begin = static_cast<std::uint8_t*>(data);
    static_cast<Bytes*>(context)->insert(static_cast<Bytes*>(context)->end(), begin, begin + size);
}

}  // namespace

Bytes encode_jpeg(const cv::Mat& picture, const JpegOptions& options) {
    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);  // ends the test program on an error
    jpeg_create_compress(&info);
    unsigned char* memory = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &memory, &size);

    info.image_width = static_cast<unsigned>(picture.cols);
    info.image_height = static_cast<unsigned>(picture.rows);
    info.input_components = picture.channels();
    info.in_color_space = given_colors(picture.channels());
    jpeg_set_defaults(&info);
    jpeg_set_colorspace(&info, stored_colors(options.colors, picture.channels()));
    jpeg_set_quality(&info, options.quality, TRUE);
    info.comp_info[0].h_samp_factor = options.horizontal;
    info.comp_info[0].v_samp_factor = options.vertical;
    info.arith_code = options.arithmetic;
    info.restart_in_rows = options.restart_rows;
    if (info.jpeg_color_space == JCS_CMYK) info.write_Adobe_marker = options.adobe;
    if (options.progressive) jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    const cv::Mat stored = picture.channels() == 4 && options.adobe ? cv::Mat(~picture) : picture;
    while (info.next_scanline < info.image_height) {
        JSAMPROW row = const_cast<JSAMPROW>(stored.ptr(static_cast<int>(info.next_scanline)));
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    Bytes bytes(memory, memory + size);
    std::free(memory);
    return bytes;
}

Bytes encode_png(const cv::Mat& picture) {
    Bytes bytes;
    stbi_write_png_to_func(append_to, &bytes, picture.cols, picture.rows, picture.channels(), picture.data,
                           static_cast<int>(picture.step));
    return bytes;
}

Bytes encode_bmp(const cv::Mat& picture) {
    Bytes bytes;
    stbi_write_bmp_to_func(append_to, &bytes, picture.cols, picture.rows, picture.channels(), picture.data);
    return bytes;
}

Bytes encode_tga(const cv::Mat& picture) {
    Bytes bytes;
    stbi_write_tga_to_func(append_to, &bytes, picture.cols, picture.rows, picture.channels(), picture.data);
    return bytes;
}

Bytes assemble_png(int width, int height, int depth, int color, const std::vector<Bytes>& rows,
                   const std::vector<PngChunk>& before_data) {
    Bytes header;
    append_u32(header, static_cast<std::uint32_t>(width));
    append_u32(header, static_cast<std::uint32_t>(height));
    for (const int field : {depth, color, 0, 0, 0}) header.push_back(static_cast<std::uint8_t>(field));
    Bytes raw;
    for (const Bytes& row : rows) {
        raw.push_back(0);
        raw.insert(raw.end(), row.begin(), row.end());
    }
    uLongf size = compressBound(raw.size());
    Bytes data(size);
    compress(data.data(), &size, raw.data(), raw.size());
    data.resize(size);

    Bytes png = to_bytes("\x89PNG\r\n\x1a\n");
    append_chunk(png, {"IHDR", header});
    for (const PngChunk& chunk : before_data) append_chunk(png, chunk);
    append_chunk(png, {"IDAT", data});
    append_chunk(png, {"IEND", {}});
    return png;
}

void mend_checksums(Bytes& png) {
    for (std::size_t at = 8; at + 12 <= png.size();) {
        const std::size_t length = read_u32(png, at);
        if (png.size() - at - 12 < length) return;
        Bytes checksum;
        append_u32(checksum, static_cast<std::uint32_t>(crc32_z(0, png.data() + at + 4, 4 + length)));
        std::memcpy(png.data() + at + 8 + length, checksum.data(), 4);
        at += 12 + length;
    }
}

Bytes exif_data(int orientation, bool little_endian) {
    const auto value = static_cast<std::uint8_t>(orientation);
    if (little_endian) {
        return {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, value, 0, 0, 0, 0, 0, 0, 0};
    }
    return {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0};
}

Bytes with_jpeg_exif(Bytes jpeg, const Bytes& exif) {
    Bytes segment = to_bytes({"\xff\xe1\0\0Exif\0\0", 10});
    segment.insert(segment.end(), exif.begin(), exif.end());
    const std::size_t length = segment.size() - 2;
    segment[2] = static_cast<std::uint8_t>(length >> 8);
    segment[3] = static_cast<std::uint8_t>(length);
    jpeg.insert(jpeg.begin() + 2, segment.begin(), segment.end());
    return jpeg;
}

Bytes with_png_exif(const Bytes& png, const Bytes& exif) {
    constexpr std::size_t kEndOfHeader = 8 + 12 + 13;
    Bytes result(png.begin(), png.begin() + kEndOfHeader);
    append_chunk(result, {"eXIf", exif});
    result.insert(result.end(), png.begin() + kEndOfHeader, png.end());
    return result;
}

Bytes to_bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

}  // namespace chiffre::test
