// blocks.cpp -- the picture in blocks: one pass over the large picture, after which decisions cost next to nothing.
#include "blocks.h"

#include <algorithm>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace chiffre {

Blocks reduce(const cv::Mat& grey, int block_px) {
    const cv::Size size((grey.cols + block_px - 1) / block_px, (grey.rows + block_px - 1) / block_px);
    Blocks blocks{cv::Mat(size, CV_32F), cv::Mat(size, CV_32F), cv::Mat(size, CV_32F)};
    std::vector<std::uint32_t> sum(grey.cols);
    std::vector<std::uint8_t> least(grey.cols), most(grey.cols);
    for (int by = 0; by < size.height; ++by) {
        const int top = by * block_px, bottom = std::min(top + block_px, grey.rows);
        std::fill(sum.begin(), sum.end(), 0u);
        std::fill(least.begin(), least.end(), std::uint8_t{255});
        std::fill(most.begin(), most.end(), std::uint8_t{0});
        for (int y = top; y < bottom; ++y) {
            const std::uint8_t* row = grey.ptr(y);
            for (int x = 0; x < grey.cols; ++x) {
                sum[x] += row[x];
                least[x] = std::min(least[x], row[x]);
                most[x] = std::max(most[x], row[x]);
            }
        }
        for (int bx = 0; bx < size.width; ++bx) {
            const int left = bx * block_px, right = std::min(left + block_px, grey.cols);
            const std::uint32_t total = std::accumulate(sum.begin() + left, sum.begin() + right, 0u);
            blocks.mean.at<float>(by, bx) =
                static_cast<float>(total) / static_cast<float>((right - left) * (bottom - top));
            blocks.darkest.at<float>(by, bx) = *std::min_element(least.begin() + left, least.begin() + right);
            blocks.lightest.at<float>(by, bx) = *std::max_element(most.begin() + left, most.begin() + right);
        }
    }
    return blocks;
}

Blocks negative(const Blocks& blocks) {
    return {255 - blocks.mean, 255 - blocks.lightest, 255 - blocks.darkest};
}

int odd(double size) {
    return std::max(3, 2 * static_cast<int>(size / 2) + 1);
}

cv::Mat square(int side) {
    return cv::getStructuringElement(cv::MORPH_RECT, {side, side});
}

float quantile(const cv::Mat& values, double share) {
    std::vector<float> sorted(values.begin<float>(), values.end<float>());
    const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), nth, sorted.end());
    return *nth;
}

}  // namespace chiffre
