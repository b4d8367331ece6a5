// raster.cpp -- PNG, BMP and TGA by stb_image. It is fed through callbacks, which notice where it reads beyond the end
// (it takes zeros from there and says nothing), and its allocations are bounded by what the picture's size justifies.
#include "raster.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <string_view>

#include "error.h"

namespace chiffre {
namespace {

// A few compressed kilobytes can unpack to gigabytes. stb_image passes no context to its allocator, hence a variable;
// one for each thread, set before each picture.
thread_local std::size_t allocation_limit_bytes = 0;

void* bounded_realloc(void* memory, std::size_t bytes) {
    return bytes <= allocation_limit_bytes ? std::realloc(memory, bytes) : nullptr;
}

}  // namespace
}  // namespace chiffre

#define STBI_MALLOC(bytes) chiffre::bounded_realloc(nullptr, bytes)
#define STBI_REALLOC(memory, bytes) chiffre::bounded_realloc(memory, bytes)
#define STBI_FREE(memory) std::free(memory)
#define STBI_ASSERT(condition) static_cast<void>(0)  // input never aborts the program
#define STBI_NO_STDIO
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_TGA
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

namespace chiffre {
namespace {

struct Source {
    std::span<const std::uint8_t> left;
    bool exhausted = false;  // more was asked for than there is
};

constexpr stbi_io_callbacks kCallbacks = {
    .read =
        [](void* user, char* target, int size) {
            auto& source = *static_cast<Source*>(user);
            const std::size_t count = std::min(source.left.size(), static_cast<std::size_t>(size));
            std::copy_n(source.left.begin(), count, target);
            source.left = source.left.subspan(count);
            source.exhausted |= count == 0;  // stb_image reads ahead: fewer bytes than asked for are no sign yet
            return static_cast<int>(count);
        },
    .skip =
        [](void* user, int size) {
            auto& source = *static_cast<Source*>(user);
            source.left = source.left.subspan(std::min(source.left.size(), static_cast<std::size_t>(size)));
        },
    .eof = [](void* user) { return static_cast<int>(static_cast<Source*>(user)->left.empty()); },
};

std::string_view format_name(Format format) {
    switch (format) {
        case Format::png:
            return "PNG";
        case Format::bmp:
            return "BMP";
        default:
            return "TGA";
    }
}

Error damaged(Format format, const std::string& name, bool exhausted) {
    const char* reason = stbi_failure_reason();
    if (exhausted) {
        reason = "the file ends before the picture does";
    } else if (reason == nullptr) {
        reason = "no reason given";
    } else if (std::strcmp(reason, "outofmem") == 0) {
        reason = "it unpacks to more than its size justifies";
    }
    return {ErrorCode::not_an_image,
            name + ": damaged or truncated " + std::string(format_name(format)) + " (" + reason + ")"};
}

// A TGA of 32 bits may say that the last eight are no alpha; stb_image takes them for it all the same.
bool has_alpha(Format format, std::span<const std::uint8_t> bytes, int channels) {
    const bool unused = format == Format::tga && (bytes[17] & 15) == 0;
    return channels % 2 == 0 && !unused;
}

using Samples = std::unique_ptr<stbi_uc, void (*)(void*)>;

Samples load(Source& source, int& width, int& height, int& channels) {
    return {stbi_load_from_callbacks(&kCallbacks, &source, &width, &height, &channels, 0), stbi_image_free};
}

// grey: each pixel is laid on white where `pixels`, whose last channel is alpha, lets it through.
void lay_on_white(const cv::Mat& pixels, cv::Mat& grey) {
    const int channels = pixels.channels();
    for (int y = 0; y < grey.rows; ++y) {
        const std::uint8_t* alpha = pixels.ptr(y) + channels - 1;
        std::uint8_t* row = grey.ptr(y);
        for (int x = 0; x < grey.cols; ++x) {
            row[x] = static_cast<std::uint8_t>(255 - ((255 - row[x]) * alpha[channels * x] + 127) / 255);
        }
    }
}

}  // namespace

Photo decode_raster(Format format, std::span<const std::uint8_t> bytes, const std::string& name,
                    const DecodeOptions& options) {
    constexpr std::size_t kBytesPerPixel = 8;              // four channels of 16 bits
    constexpr std::size_t kSmallBytes = 1 << 16;           // tables, and the rounding of small pictures
    constexpr std::int64_t kStbMaxPixels = (1 << 30) / 4;  // it counts bytes in 32 bits
    int width = 0, height = 0, channels = 0;
    allocation_limit_bytes = kSmallBytes;
    Source header{bytes};
    if (!stbi_info_from_callbacks(&kCallbacks, &header, &width, &height, &channels)) {
        Source source{bytes};
        load(source, width, height, channels);  // fails too, and leaves the reason, which stbi_info does not
        throw damaged(format, name, source.exhausted);
    }
    // The rows of a BMP may go from top to bottom, which a negative height says.
    const std::int64_t rows = std::abs(std::int64_t{height});
    check_size(width, rows, std::min(options.max_pixels, kStbMaxPixels), name);

    // Twice: stb_image doubles a buffer that is full, and joins the parts of compressed data in such a buffer too.
    const std::size_t pixels = static_cast<std::size_t>(width * rows);
    allocation_limit_bytes = kSmallBytes + 2 * std::max(bytes.size(), pixels * kBytesPerPixel);
    Source source{bytes};
    const Samples samples = load(source, width, height, channels);
    if (!samples || source.exhausted) throw damaged(format, name, source.exhausted);

    Photo photo;
    photo.width = width;
    photo.height = height;
    const cv::Mat picture(height, width, CV_8UC(channels), samples.get());
    if (channels >= 3) {
        cv::cvtColor(picture, photo.grey, channels == 3 ? cv::COLOR_RGB2GRAY : cv::COLOR_RGBA2GRAY);
    } else {
        cv::extractChannel(picture, photo.grey, 0);
    }
    if (has_alpha(format, bytes, channels)) lay_on_white(picture, photo.grey);
    return photo;
}

}  // namespace chiffre
