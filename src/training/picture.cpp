// picture.cpp -- drawing by OpenCV's imgproc.
#include "picture.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>

#include "report/png.h"

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
    write_png(path, sheet);
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
