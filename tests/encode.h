// encode.h -- pictures for the tests of decode, written with what the product itself does not write with.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace chiffre::test {

using Bytes = std::vector<std::uint8_t>;

enum class JpegColors { usual, grey, rgb, cmyk, ycck };  // usual: grey of one channel, YCbCr of three

struct JpegOptions {
    JpegColors colors = JpegColors::usual;
    int quality = 95;
    int horizontal = 1, vertical = 1;  // luma samples for one of chroma
    bool progressive = false;
    bool arithmetic = false;
    int restart_rows = 0;  // rows of blocks from one restart marker to the next
    bool adobe = true;     // CMYK as Adobe writes it: with its marker, and with 255 - ink
};

// picture: CV_8UC1, CV_8UC3 (RGB) or CV_8UC4 (CMYK: ink, 255 = full).
Bytes encode_jpeg(const cv::Mat& picture, const JpegOptions& options = {});

// picture: 8-bit, 1 to 4 channels (grey, grey + alpha, RGB, RGBA), by stb_image_write.
Bytes encode_png(const cv::Mat& picture);
Bytes encode_bmp(const cv::Mat& picture);
Bytes encode_tga(const cv::Mat& picture);

struct PngChunk {
    std::string kind;
    Bytes data;
};

// A PNG of any kind from its parts: IHDR is made of the arguments, IDAT of the rows (filter byte 0 is put before each).
Bytes assemble_png(int width, int height, int depth, int color, const std::vector<Bytes>& rows,
                   const std::vector<PngChunk>& before_data = {});

// Writes the checksum of each chunk that lies within the bytes anew: for damage that a checksum would give away.
void mend_checksums(Bytes& png);

// EXIF data whose first directory holds one entry, the orientation.
Bytes exif_data(int orientation, bool little_endian);
Bytes with_jpeg_exif(Bytes jpeg, const Bytes& exif);
Bytes with_png_exif(const Bytes& png, const Bytes& exif);

Bytes to_bytes(std::string_view text);

}  // namespace chiffre::test
