// binarize.cpp -- grey -> ink. Paper is estimated by a morphological closing of a small picture (a shadow edge or a
// dark table survives a closing unchanged and so makes no ink, a stroke does not), ink is the loss of light relative to
// it, and the threshold is half of the strongest ink nearby, which is where the edge of a blurred stroke lies. All
// decisions are made on the small picture; one pass over the large one applies them.
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

#include "stages.h"

namespace chiffre {
namespace {

constexpr int kSmallSide_px = 256;      // longer side of the picture on which paper and contrast are estimated
constexpr double kPaperWindow = 0.125;  // side of the closing, of the shorter side: wider than any stroke
constexpr double kInkWindow = 0.08;     // neighbourhood whose ink sets the threshold
constexpr double kPolarityWindows[] = {0.1, 0.3};  // of the shorter side: thin strokes, thick strokes
constexpr int kInkEdge = 115;                      // strength at the edge of a stroke: just under half of full ink
constexpr double kNoiseFactor = 2.5;     // ink is this many times as deep as the darkest pixels of bare paper nearby
constexpr double kNoiseWindow = 0.25;    // neighbourhood of which bare paper is more than half
constexpr double kNoiseRange = 4.0;      // noise differs by no more between the parts of a picture
constexpr double kLeastContrast = 0.05;  // of the paper's light: fainter marks cannot be told from paper
constexpr double kLeastShare = 0.16;     // of the picture's strong ink: fainter is bleed-through, texture, ruling

// Mean, darkest and lightest value of each block of the picture.
struct Blocks {
    cv::Mat mean, darkest, lightest;  // CV_32F
};

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

// Ink covers less of its neighbourhood than paper does: where there is contrast, the local mean lies nearer to the
// paper. Noise pulls to neither side, and the edge of a table or a shadow hardly does.
bool is_light_on_dark(const Blocks& blocks) {
    double vote = 0;
    for (const double share : kPolarityWindows) {
        const int window = odd(share * std::min(blocks.mean.cols, blocks.mean.rows));
        cv::Mat low, high, mean;
        cv::erode(blocks.darkest, low, square(window));
        cv::dilate(blocks.lightest, high, square(window));
        cv::blur(blocks.mean, mean, {window, window});
        const cv::Mat contrast = high - low;
        vote += contrast.dot(2 * mean - low - high) / (contrast.dot(contrast) + 1);
    }
    return vote < 0;
}

// Per block: the light of the paper, and how much darker than it full ink is.
struct Levels {
    cv::Mat paper, depth;  // CV_32F, grey values
};

Levels estimate_levels(const Blocks& blocks) {
    const int shorter = std::min(blocks.mean.cols, blocks.mean.rows);
    Levels levels;
    cv::morphologyEx(blocks.mean, levels.paper, cv::MORPH_CLOSE, square(odd(kPaperWindow * shorter)));
    cv::blur(levels.paper, levels.paper, {3, 3});  // no more, else the light side of a shadow's edge leaks across it
    levels.paper = cv::max(levels.paper, 1.0);

    cv::Mat contrast = 1.0 - blocks.darkest / levels.paper;  // share of the paper's light that is missing
    contrast = cv::max(contrast, 0.0);
    // Ink covers less than half of any neighbourhood, so the median there is what paper and noise make.
    cv::Mat noise;
    contrast.convertTo(noise, CV_8U, 255 * 2);
    cv::medianBlur(noise, noise, std::min(odd(kNoiseWindow * shorter), 255));
    noise.convertTo(noise, CV_32F, 1.0 / (255 * 2));
    noise = cv::min(noise, kNoiseRange * quantile(contrast, 0.5));  // in case a stroke is wider than the window
    const double least = std::max<double>(kLeastContrast, kLeastShare * quantile(contrast, 0.995));
    const cv::Mat least_depth = cv::max(kNoiseFactor * noise, least);
    const cv::Mat floor = least_depth * (255.0 / kInkEdge);

    // The typical depth of the ink nearby, deeper ink counting more; not the deepest, which in pencil is a grain.
    cv::Mat ink = cv::Mat::zeros(contrast.size(), CV_32F);
    contrast.copyTo(ink, contrast > least_depth);
    const int window = odd(kInkWindow * shorter);
    cv::Mat sum, squares;
    cv::blur(ink, sum, {window, window});
    cv::blur(ink.mul(ink), squares, {window, window});
    levels.depth = cv::max(squares / (sum + 1e-6), floor).mul(levels.paper);
    return levels;
}

// Rows of a small picture, interpolated to the size of the large one. Each small row is widened once; between two of
// them lies only a vertical blend, which vectorizes.
class RowSampler {
  public:
    RowSampler(const cv::Mat& small, cv::Size large)
        : small_(small), height_(large.height), above_(large.width), below_(large.width), row_(large.width) {
        for (int x = 0; x < large.width; ++x) columns_.push_back(between(x, large.width, small.cols));
    }

    const float* row(int y) {
        const Between at = between(y, height_, small_.rows);
        if (at.first != first_) {
            widen(at.first, above_);
            widen(at.second, below_);
            first_ = at.first;
        }
        const float* above = above_.data();
        const float* below = below_.data();
        float* out = row_.data();
        for (std::size_t x = 0; x < row_.size(); ++x) out[x] = above[x] + at.share * (below[x] - above[x]);
        return out;
    }

  private:
    struct Between {
        int first, second;
        float share;  // of the second
    };
    static Between between(int i, int large, int small) {
        const float scale = static_cast<float>(small) / static_cast<float>(large);
        const float at = std::clamp((static_cast<float>(i) + 0.5f) * scale - 0.5f, 0.0f, static_cast<float>(small - 1));
        const int first = static_cast<int>(at);
        return {first, std::min(first + 1, small - 1), at - static_cast<float>(first)};
    }
    void widen(int y, std::vector<float>& out) const {
        const float* in = small_.ptr<float>(y);
        for (std::size_t x = 0; x < columns_.size(); ++x) {
            const Between& at = columns_[x];
            out[x] = in[at.first] + at.share * (in[at.second] - in[at.first]);
        }
    }

    cv::Mat small_;
    int height_;
    int first_ = -1;  // the small row that above_ holds
    std::vector<Between> columns_;
    std::vector<float> above_, below_, row_;
};

// strength = 255 * (paper - grey) / depth, kept within a byte.
void measure_strength(const cv::Mat& grey, const Levels& levels, cv::Mat& strength) {
    RowSampler paper(levels.paper, grey.size()), gain(255.0 / levels.depth, grey.size());
    strength.create(grey.size(), CV_8UC1);
    for (int y = 0; y < grey.rows; ++y) {
        const float* white = paper.row(y);
        const float* factor = gain.row(y);
        const std::uint8_t* in = grey.ptr(y);
        std::uint8_t* out = strength.ptr(y);
        for (int x = 0; x < grey.cols; ++x) {
            const float value = (white[x] - static_cast<float>(in[x])) * factor[x];
            out[x] = static_cast<std::uint8_t>(static_cast<int>(std::min(std::max(value, 0.0f), 255.0f)));
        }
    }
}

}  // namespace

Ink binarize(const cv::Mat& grey) {
    const int longer = std::max(grey.cols, grey.rows);
    const int block_px = longer <= kSmallSide_px / 2 ? 1 : (longer + kSmallSide_px - 1) / kSmallSide_px;
    Ink ink;
    Blocks blocks = reduce(grey, block_px);
    ink.light_on_dark = is_light_on_dark(blocks);
    if (ink.light_on_dark) blocks = {255 - blocks.mean, 255 - blocks.lightest, 255 - blocks.darkest};
    measure_strength(ink.light_on_dark ? cv::Mat(255 - grey) : grey, estimate_levels(blocks), ink.strength);
    ink.mask = ink.strength > kInkEdge;
    return ink;
}

}  // namespace chiffre
