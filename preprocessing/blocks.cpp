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

float quantile(const cv::Mat& values, double share) {
    // A histogram leaves a few values to be sorted: those of the bin in which the one wanted lies.
    constexpr int kBins = 1024;
    const std::vector<float> all(values.begin<float>(), values.end<float>());
    const auto [least, most] = std::minmax_element(all.begin(), all.end());
    const float low = *least, scale = *most > low ? (kBins - 1) / (*most - low) : 0;
    const auto bin_of = [&](float value) { return static_cast<int>((value - low) * scale); };
    std::array<int, kBins> counts{};
    for (const float value : all) ++counts[static_cast<std::size_t>(bin_of(value))];
    auto rank = static_cast<int>(share * static_cast<double>(all.size() - 1));
    std::size_t bin = 0;
    while (rank >= counts[bin]) rank -= counts[bin++];
    std::vector<float> sorted;
    for (const float value : all)
        if (bin_of(value) == static_cast<int>(bin)) sorted.push_back(value);
    std::nth_element(sorted.begin(), sorted.begin() + rank, sorted.end());
    return sorted[static_cast<std::size_t>(rank)];
}

}  // namespace chiffre
