// picture.cpp -- drawing by OpenCV's imgproc, PNG by stb_image_write (imgcodecs takes 70 ms to load).
#include "picture.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image_write.h>
#pragma GCC diagnostic pop

#include "error.h"

namespace chiffre::training {
namespace {

constexpr int kEnlarge = 3;  // sheet pixels per tile pixel
constexpr int kColumns = 12;
constexpr int kGap = 6;       // sheet pixels between cells
constexpr int kCaption = 16;  // sheet pixels below a tile, for its text

}  // namespace

void write_contact_sheet(const std::filesystem::path& path, const std::vector<Caption>& captions) {
    constexpr int kCellW = kEnlarge * kTileSide + kGap, kCellH = kEnlarge * kTileSide + kCaption + kGap;
    const int rows = std::max(1, (static_cast<int>(captions.size()) + kColumns - 1) / kColumns);
    cv::Mat sheet(rows * kCellH + kGap, kColumns * kCellW + kGap, CV_8UC1, cv::Scalar(255));
    for (int i = 0; i < static_cast<int>(captions.size()); ++i) {
        Tile tile = captions[i].tile;
        for (std::uint8_t& ink : tile.ink) ink = static_cast<std::uint8_t>(255 - ink);
        const cv::Rect place(kGap + i % kColumns * kCellW, kGap + i / kColumns * kCellH, kEnlarge * kTileSide,
                             kEnlarge * kTileSide);
        cv::resize(cv::Mat(kTileSide, kTileSide, CV_8UC1, tile.ink.data()), sheet(place), place.size(), 0, 0,
                   cv::INTER_NEAREST);
        cv::rectangle(sheet, place, cv::Scalar(200));
        cv::putText(sheet, captions[i].text, {place.x, place.br().y + kCaption - 3}, cv::FONT_HERSHEY_SIMPLEX, 0.38,
                    cv::Scalar(0), 1, cv::LINE_AA);
    }
    if (!stbi_write_png(path.c_str(), sheet.cols, sheet.rows, 1, sheet.data, static_cast<int>(sheet.step)))
        throw Error(ErrorCode::unwritable, path.string() + ": the picture cannot be written");
}

std::string draw_in_terminal(const Tile& tile) {
    constexpr std::array<const char*, 5> kShades{"  ", "░░", "▒▒", "▓▓", "██"};
    constexpr int kPadding = 2;
    std::string lines;
    for (int y = kPadding; y < kTileSide - kPadding; ++y) {
        for (int x = kPadding; x < kTileSide - kPadding; ++x)
            lines += kShades[(tile.ink[y * kTileSide + x] * (kShades.size() - 1) + 127) / 255];
        lines += '\n';
    }
    return lines;
}

}  // namespace chiffre::training
