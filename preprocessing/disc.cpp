// disc.cpp -- a disc's rows are wider the nearer they lie to its middle, so that each row of the picture is widened
// step by step, once for all rows of the disc.
#include "disc.h"

#include <algorithm>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "multiversion.h"

namespace chiffre {
namespace {

CHIFFRE_MULTIVERSION void raise(std::uint8_t* __restrict__ row, const std::uint8_t* __restrict__ to, int width) {
    for (int x = 0; x < width; ++x) row[x] = std::max(row[x], to[x]);
}

}  // namespace

void dilate_by_disc(cv::Mat& picture, int radius) {
    const cv::Mat disc = cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * radius + 1, 2 * radius + 1});
    std::vector<int> reach;  // half the width of the disc's row so far from its middle
    for (int dy = 0; dy <= radius; ++dy) reach.push_back(cv::countNonZero(disc.row(radius + dy)) / 2);
    const int width = picture.cols;
    cv::Mat dilated = cv::Mat::zeros(picture.size(), CV_8UC1);
    std::vector<std::uint8_t> padded(width + 2 * radius), wide(width);
    for (int y = 0; y < picture.rows; ++y) {
        std::copy_n(picture.ptr(y), width, padded.begin() + radius);
        std::copy_n(picture.ptr(y), width, wide.begin());
        for (int dx = 0, dy = radius; dx <= radius; ++dx) {
            raise(wide.data(), padded.data() + radius - dx, width);
            raise(wide.data(), padded.data() + radius + dx, width);
            for (; dy >= 0 && reach[dy] == dx; --dy) {
                if (y + dy < picture.rows) raise(dilated.ptr(y + dy), wide.data(), width);
                if (dy > 0 && y >= dy) raise(dilated.ptr(y - dy), wide.data(), width);
            }
        }
    }
    picture = dilated;
}

}  // namespace chiffre
