// pnm.cpp -- PGM and PPM by our own reader: stb_image's takes 16-bit values in the wrong byte order, does not scale by
// the largest value and returns uninitialized memory for a truncated file.
#include "pnm.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "error.h"
#include "formats.h"

namespace chiffre {
namespace {

struct Header {
    int channels = 1;
    int width = 0, height = 0, largest = 0;  // largest: the value of white
    std::size_t samples_at = 0;              // where the samples begin
};

Error damaged(const std::string& name, const std::string& reason) {
    return {ErrorCode::not_an_image, name + ": damaged or truncated PGM or PPM (" + reason + ")"};
}

bool is_space(std::uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// Reads the number at `at`, after any white space and comments, and leaves `at` behind it.
int read_number(std::span<const std::uint8_t> bytes, std::size_t& at, const std::string& name) {
    constexpr int kTooMany = 100'000'000;
    bool in_comment = false;
    while (at < bytes.size() && (in_comment || is_space(bytes[at]) || bytes[at] == '#')) {
        in_comment = bytes[at] != '\n' && bytes[at] != '\r' && (in_comment || bytes[at] == '#');
        ++at;
    }
    int value = 0;
    const std::size_t begin = at;
    for (; at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9'; ++at) {
        if (value >= kTooMany) throw damaged(name, "a number in its header is too large");
        value = 10 * value + (bytes[at] - '0');
    }
    if (at == begin) throw damaged(name, "its header lacks a number");
    return value;
}

Header read_header(std::span<const std::uint8_t> bytes, const std::string& name) {
    Header header;
    header.channels = bytes[1] == '6' ? 3 : 1;
    std::size_t at = 2;
    header.width = read_number(bytes, at, name);
    header.height = read_number(bytes, at, name);
    header.largest = read_number(bytes, at, name);
    if (header.largest < 1 || header.largest > 65535) throw damaged(name, "its largest value is not in 1 to 65535");
    header.samples_at = at + 1;  // a single white space
    return header;
}

// Samples of one or two bytes, 0 to `largest`, as one byte each, 0 to 255.
cv::Mat rescale(const std::uint8_t* samples, const Header& header) {
    cv::Mat scaled(header.height, header.width, CV_8UC(header.channels));
    const bool wide = header.largest > 255;
    std::uint8_t* target = scaled.data;
    for (std::size_t i = 0; i < scaled.total() * scaled.channels(); ++i) {
        const int sample = wide ? samples[2 * i] << 8 | samples[2 * i + 1] : samples[i];
        target[i] =
            static_cast<std::uint8_t>((std::min(sample, header.largest) * 255 + header.largest / 2) / header.largest);
    }
    return scaled;
}

}  // namespace

Photo decode_pnm(std::span<const std::uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
    const Header header = read_header(bytes, name);
    check_size(header.width, header.height, options.max_pixels, name);
    const std::size_t expected =
        std::size_t{1} * header.width * header.height * header.channels * (header.largest > 255 ? 2 : 1);
    const std::size_t found = bytes.size() - std::min(bytes.size(), header.samples_at);
    if (found < expected) {
        throw damaged(name,
                      "expected " + std::to_string(expected) + " bytes of samples, found " + std::to_string(found));
    }
    auto* samples = const_cast<std::uint8_t*>(bytes.data() + header.samples_at);  // cv::Mat knows no const memory
    const cv::Mat picture = header.largest == 255
                                ? cv::Mat(header.height, header.width, CV_8UC(header.channels), samples)
                                : rescale(samples, header);
    Photo photo;
    photo.width = header.width;
    photo.height = header.height;
    if (header.channels == 3) {
        cv::cvtColor(picture, photo.grey, cv::COLOR_RGB2GRAY);
    } else {
        picture.copyTo(photo.grey);
    }
    return photo;
}

}  // namespace chiffre
