#include "turn.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "lines.h"
#include "transpose.h"

namespace chiffre {
namespace {

constexpr double kNarrowestDigit = 0.1, kWidestDigit = 1.3;  // width to height

// Half of the ink of all marks that may be digits lies in those of at least this height.
int typical_height(std::vector<Mark> marks) {
    const auto is_digit_like = [](const Mark& mark) {
        return mark.box.width >= kNarrowestDigit * mark.box.height && mark.box.width <= kWidestDigit * mark.box.height;
    };
    if (std::any_of(marks.begin(), marks.end(), is_digit_like))
        std::erase_if(marks, [&](const Mark& mark) { return !is_digit_like(mark); });
    std::sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.box.height < b.box.height; });
    const double ink = std::accumulate(marks.begin(), marks.end(), 0.0,
                                       [](double sum, const Mark& mark) { return sum + mark.area_px; });
    double sum = 0;
    for (const Mark& mark : marks)
        if ((sum += mark.area_px) >= ink / 2) return mark.box.height;
    return 0;
}

cv::Rect turned(const cv::Rect& box, cv::Size picture, int quarters) {
    const int right = picture.width - box.br().x, below = picture.height - box.br().y;
    if (quarters == 1) return {below, box.x, box.height, box.width};
    if (quarters == 2) return {right, below, box.width, box.height};
    if (quarters == 3) return {box.y, right, box.height, box.width};
    return box;
}

}  // namespace

cv::Mat turned(const cv::Mat& picture, int quarters) {
    constexpr cv::RotateFlags kFlags[] = {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE};
    if (quarters == 0) return picture;
    cv::Mat result;
    if (quarters % 2 == 1 && picture.type() == CV_8UC1)
        cv::flip(transposed(picture), result, quarters == 1 ? 1 : 0);
    else
        cv::rotate(picture, result, kFlags[quarters - 1]);
    return result;
}

cv::Mat turned_bands(const cv::Mat& bands, int quarters) {
    if (bands.empty()) return bands;
    cv::Mat result = turned(bands, quarters);
    if (quarters % 2 == 0) return result;
    cv::Mat swapped(1, 256, CV_8UC1);
    for (int i = 0; i < 256; ++i)
        swapped.at<std::uint8_t>(i) = static_cast<std::uint8_t>(((i & kHorizontalBand) ? kVerticalBand : 0) |
                                                                ((i & kVerticalBand) ? kHorizontalBand : 0));
    cv::LUT(result, swapped, result);
    return result;
}

Ink turned(const Ink& ink, int quarters) {
    return {turned(ink.strength, quarters), turned(ink.mask, quarters), turned(ink.grey, quarters),
            turned(ink.paper, quarters), ink.light_on_dark};
}

Tile turned(const Tile& tile, int quarters) {
    Tile result;
    for (int y = 0; y < kTileSide; ++y)
        for (int x = 0; x < kTileSide; ++x) {
            // About the centre of mass, the middle of a pixel, which costs a row or a column of paper.
            const int back_x = kTileSide - x, back_y = kTileSide - y;
            const cv::Point to = quarters == 1   ? cv::Point(back_y, x)
                                 : quarters == 2 ? cv::Point(back_x, back_y)
                                 : quarters == 3 ? cv::Point(y, back_x)
                                                 : cv::Point(x, y);
            if (to.x < kTileSide && to.y < kTileSide)
                result.ink[static_cast<std::size_t>(to.y * kTileSide + to.x)] =
                    tile.ink[static_cast<std::size_t>(y * kTileSide + x)];
        }
    return result;
}

Marks turned_boxes(const Marks& marks, int quarters) {
    Marks result;
    for (const Mark& mark : marks.marks)
        result.marks.push_back({turned(mark.box, marks.labels.size(), quarters), mark.area_px, mark.label});
    result.digit_height_px =
        quarters % 2 == 0 ? marks.digit_height_px : static_cast<float>(typical_height(result.marks));
    return result;
}

}  // namespace chiffre
