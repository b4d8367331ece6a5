// blocks.cpp -- the picture in blocks: one pass over the large picture, after which decisions cost next to nothing.
#include "blocks.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "multiversion.h"

namespace chiffre {
namespace {

CHIFFRE_MULTIVERSION void add_row(std::uint32_t* __restrict__ sum, std::uint8_t* __restrict__ least,
                                  std::uint8_t* __restrict__ most, const std::uint8_t* __restrict__ row, int width) {
    for (int x = 0; x < width; ++x) {
        sum[x] += row[x];
        least[x] = std::min(least[x], row[x]);
        most[x] = std::max(most[x], row[x]);
    }
}

}  // namespace

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
        for (int y = top; y < bottom; ++y) add_row(sum.data(), least.data(), most.data(), grey.ptr(y), grey.cols);
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

Quantiles::Quantiles(const cv::Mat& values) : binned_(values.total()) {
    double least = 0, most = 0;
    cv::minMaxLoc(values, &least, &most);
    const auto low = static_cast<float>(least), range = static_cast<float>(most) - low;
    const float scale = range > 0 ? (kBins - 1) / range : 0;
    std::vector<std::uint16_t> bins;
    bins.reserve(values.total());
    for (int y = 0; y < values.rows; ++y)
        for (const float *value = values.ptr<float>(y), *end = value + values.cols; value < end; ++value) {
            bins.push_back(static_cast<std::uint16_t>((*value - low) * scale));
            ++begins_[bins.back() + 1u];
        }
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    std::array<int, kBins + 1> next = begins_;
    auto bin = bins.begin();
    for (int y = 0; y < values.rows; ++y)
        for (const float *value = values.ptr<float>(y), *end = value + values.cols; value < end; ++value)
            binned_[static_cast<std::size_t>(next[*bin++]++)] = *value;
}

float Quantiles::at(double share) const {
    const auto rank = static_cast<int>(share * static_cast<double>(binned_.size() - 1));
    const auto end = std::upper_bound(begins_.begin(), begins_.end(), rank), begin = end - 1;
    std::vector<float> bin(binned_.begin() + *begin, binned_.begin() + *end);
    std::nth_element(bin.begin(), bin.begin() + (rank - *begin), bin.end());
    return bin[static_cast<std::size_t>(rank - *begin)];
}

}  // namespace chiffre
