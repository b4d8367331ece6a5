// binarize.cpp -- grey -> ink. Paper is estimated by a morphological closing of a small picture (a shadow edge or a
// dark table survives a closing unchanged and so makes no ink, a stroke does not), ink is the loss of light relative to
// it, and the threshold is half of the strongest ink nearby, which is where the edge of a blurred stroke lies. All
// decisions are made on the small picture; one pass over the large one applies them.
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <vector>

#include "stages.h"

namespace chiffre {
namespace {

constexpr int kSmallSide_px = 400;       // longer side of the picture on which paper and contrast are estimated
constexpr double kPaperWindow = 0.125;   // side of the closing, of the shorter side: wider than any stroke
constexpr double kInkWindow = 0.08;      // neighbourhood whose strongest ink sets the threshold
constexpr int kInkEdge = 115;            // strength at the edge of a stroke: just under half of full ink
constexpr double kNoiseFactor = 6.0;     // ink stands this many noise deviations out of the paper
constexpr double kLeastContrast = 0.05;  // of the paper's light: fainter marks cannot be told from paper
constexpr double kLeastShare = 0.16;     // of the picture's strong ink: fainter is bleed-through, texture, ruling

// Mean and darkest value of each block of the picture.
struct Blocks {
    cv::Mat mean, darkest;  // CV_32F
};

Blocks reduce(const cv::Mat& grey, int block_px) {
    const cv::Size size((grey.cols + block_px - 1) / block_px, (grey.rows + block_px - 1) / block_px);
    Blocks blocks{cv::Mat(size, CV_32F), cv::Mat(size, CV_32F)};
    std::vector<int> sum(size.width);
    std::vector<std::uint8_t> least(grey.cols);
    for (int by = 0; by < size.height; ++by) {
        const int top = by * block_px, bottom = std::min(top + block_px, grey.rows);
        std::vector<std::uint16_t> column(grey.cols, 0);
        std::fill(least.begin(), least.end(), 255);
        for (int y = top; y < bottom; ++y) {
            const std::uint8_t* row = grey.ptr(y);
            for (int x = 0; x < grey.cols; ++x) {
                column[x] = static_cast<std::uint16_t>(column[x] + row[x]);
                least[x] = std::min(least[x], row[x]);
            }
        }
        float* mean = blocks.mean.ptr<float>(by);
        float* darkest = blocks.darkest.ptr<float>(by);
        for (int bx = 0; bx < size.width; ++bx) {
            const int left = bx * block_px, right = std::min(left + block_px, grey.cols);
            int total = 0, dark = 255;
            for (int x = left; x < right; ++x) {
                total += column[x];
                dark = std::min<int>(dark, least[x]);
            }
            mean[bx] = static_cast<float>(total) / static_cast<float>((right - left) * (bottom - top));
            darkest[bx] = static_cast<float>(dark);
        }
    }
    return blocks;
}

int odd(double size) {
    return std::max(3, 2 * static_cast<int>(size / 2) + 1);
}

cv::Mat square(int side) {
    return cv::getStructuringElement(cv::MORPH_RECT, {side, side});
}

// The value below which `share` of the elements of a CV_32F picture lie.
float quantile(const cv::Mat& values, double share) {
    std::vector<float> sorted(values.begin<float>(), values.end<float>());
    const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), nth, sorted.end());
    return *nth;
}

// Thin dark structures against thin light ones, over several widths: writing is thin, paper is not.
bool is_light_on_dark(const cv::Mat& mean) {
    const int shorter = std::min(mean.cols, mean.rows);
    double balance = 0;
    for (const double share : {1.0 / 32, 1.0 / 16, 1.0 / 8}) {
        const cv::Mat element = square(odd(share * shorter));
        cv::Mat dark, light;
        cv::morphologyEx(mean, dark, cv::MORPH_BLACKHAT, element);
        cv::morphologyEx(mean, light, cv::MORPH_TOPHAT, element);
        const double dark_energy = dark.dot(dark), light_energy = light.dot(light);
        balance += (light_energy - dark_energy) / (light_energy + dark_energy + 1.0);
    }
    return balance > 0;
}

// Per block: the light of the paper, and how much darker than it full ink is.
struct Levels {
    cv::Mat paper, depth;  // CV_32F, grey values
};

Levels estimate_levels(const Blocks& blocks) {
    const int shorter = std::min(blocks.mean.cols, blocks.mean.rows);
    Levels levels;
    cv::morphologyEx(blocks.mean, levels.paper, cv::MORPH_CLOSE, square(odd(kPaperWindow * shorter)));
    const int blur = odd(kPaperWindow * shorter / 2);
    cv::blur(levels.paper, levels.paper, {blur, blur});
    levels.paper = cv::max(levels.paper, 1.0);

    cv::Mat contrast = 1.0 - blocks.darkest / levels.paper;  // share of the paper's light that is missing
    contrast = cv::max(contrast, 0.0);
    const float typical = quantile(contrast, 0.5);
    const float noise = std::max(typical - quantile(contrast, 0.2), 0.002f);
    const float strong = quantile(contrast, 0.995);
    const double floor = std::max({typical + kNoiseFactor * noise, kLeastContrast / 0.45, kLeastShare * strong / 0.45});

    cv::Mat ink;
    cv::dilate(contrast, ink, square(odd(kInkWindow * shorter)));
    const int smooth = odd(kInkWindow * shorter);
    cv::blur(ink, ink, {smooth, smooth});
    levels.depth = cv::max(ink, floor).mul(levels.paper);
    return levels;
}

// One row of a small picture, interpolated to the width of the large one.
class RowSampler {
  public:
    RowSampler(const cv::Mat& small, cv::Size large) : small_(small), large_(large), row_(large.width) {}

    const std::vector<float>& row(int y) {
        const auto [top, bottom, down] = neighbours(y, large_.height, small_.rows);
        const float* above = small_.ptr<float>(top);
        const float* below = small_.ptr<float>(bottom);
        column_.resize(small_.cols);
        for (int x = 0; x < small_.cols; ++x) column_[x] = above[x] + down * (below[x] - above[x]);
        if (weights_.empty())
            for (int x = 0; x < large_.width; ++x) weights_.push_back(neighbours(x, large_.width, small_.cols));
        for (int x = 0; x < large_.width; ++x) {
            const Neighbours& n = weights_[x];
            row_[x] = column_[n.first] + n.share * (column_[n.second] - column_[n.first]);
        }
        return row_;
    }

  private:
    struct Neighbours {
        int first, second;
        float share;  // of the second
    };
    static Neighbours neighbours(int i, int large, int small) {
        const float at =
            std::clamp((static_cast<float>(i) + 0.5f) * static_cast<float>(small) / static_cast<float>(large) - 0.5f,
                       0.0f, static_cast<float>(small - 1));
        const int first = static_cast<int>(at);
        return {first, std::min(first + 1, small - 1), at - static_cast<float>(first)};
    }

    const cv::Mat& small_;
    cv::Size large_;
    std::vector<Neighbours> weights_;
    std::vector<float> column_, row_;
};

}  // namespace

Ink binarize(const cv::Mat& grey) {
    const int block_px = std::max(1, std::max(grey.cols, grey.rows) / kSmallSide_px);
    Ink ink;
    Blocks blocks = reduce(grey, block_px);
    ink.light_on_dark = is_light_on_dark(blocks.mean);
    const cv::Mat dark_on_light = ink.light_on_dark ? cv::Mat(255 - grey) : grey;
    if (ink.light_on_dark) blocks = reduce(dark_on_light, block_px);

    const Levels levels = estimate_levels(blocks);
    RowSampler paper(levels.paper, grey.size()), depth(levels.depth, grey.size());
    ink.strength.create(grey.size(), CV_8UC1);
    for (int y = 0; y < grey.rows; ++y) {
        const std::vector<float>& white = paper.row(y);
        const std::vector<float>& black = depth.row(y);
        const std::uint8_t* in = dark_on_light.ptr(y);
        std::uint8_t* out = ink.strength.ptr(y);
        for (int x = 0; x < grey.cols; ++x)
            out[x] = static_cast<std::uint8_t>(
                std::clamp(255.0f * (white[x] - static_cast<float>(in[x])) / black[x], 0.0f, 255.0f));
    }
    ink.mask = ink.strength > kInkEdge;
    return ink;
}

}  // namespace chiffre
