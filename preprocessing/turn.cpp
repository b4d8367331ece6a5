#include "turn.h"

namespace chiffre {

cv::Mat turned(const cv::Mat& picture, int quarters) {
    constexpr cv::RotateFlags kFlags[] = {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE};
    if (quarters == 0) return picture;
    cv::Mat result;
    cv::rotate(picture, result, kFlags[quarters - 1]);
    return result;
}

Ink turned(const Ink& ink, int quarters) {
    return {turned(ink.strength, quarters), turned(ink.mask, quarters), turned(ink.grey, quarters),
            turned(ink.paper, quarters), ink.light_on_dark};
}

}  // namespace chiffre
