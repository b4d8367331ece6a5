#include "turn.h"

#include "lines.h"

namespace chiffre {

cv::Mat turned(const cv::Mat& picture, int quarters) {
    constexpr cv::RotateFlags kFlags[] = {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE};
    if (quarters == 0) return picture;
    cv::Mat result;
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

}  // namespace chiffre
