// binarize.cpp -- grey -> ink. Ink is the loss of light relative to the paper nearby, and the threshold is half of the
// strongest ink nearby, which is where the edge of a blurred stroke lies. All decisions are made on a small picture
// (blocks.h); one pass over the large one applies them.
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <vector>

#include "blocks.h"
#include "stages.h"

namespace chiffre {
namespace {

constexpr int kSmallSide_px = 256;  // longer side of the picture on which paper and contrast are estimated
constexpr double kGrain = 0.4;      // of a stroke's width: finer structure is grain of paper and pencil
constexpr double kGrainy = 0.18;    // of strong ink: bare paper that is darker in places than this breaks up strokes
constexpr int kInkEdge = 115;       // strength at the edge of a stroke: just under half of full ink

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

// 255 * (paper - grey) / depth, kept within a byte.
cv::Mat measure_strength(const cv::Mat& grey, const cv::Mat& paper, const cv::Mat& depth) {
    RowSampler whites(paper, grey.size()), gain(255.0 / depth, grey.size());
    cv::Mat strength(grey.size(), CV_8UC1);
    for (int y = 0; y < grey.rows; ++y) {
        const float* white = whites.row(y);
        const float* factor = gain.row(y);
        const std::uint8_t* in = grey.ptr(y);
        std::uint8_t* out = strength.ptr(y);
        for (int x = 0; x < grey.cols; ++x) {
            const float value = (white[x] - static_cast<float>(in[x])) * factor[x];
            out[x] = static_cast<std::uint8_t>(static_cast<int>(std::min(std::max(value, 0.0f), 255.0f)));
        }
    }
    return strength;
}

}  // namespace

Ink binarize(const cv::Mat& photo) {
    cv::Mat grey = photo;
    const int longer = std::max(grey.cols, grey.rows);
    const int block_px = longer <= kSmallSide_px / 2 ? 1 : (longer + kSmallSide_px - 1) / kSmallSide_px;
    Ink ink;
    Blocks blocks = reduce(grey, block_px);
    cv::Mat sheet = bright_sheet(blocks);
    const cv::Mat panel = dark_panel(blocks);
    ink.light_on_dark = !panel.empty() || is_light_on_dark(blocks, sheet);
    if (ink.light_on_dark) {
        grey = 255 - grey;
        blocks = negative(blocks);
        sheet = panel;
    } else {
        remove_light_marks(blocks);
    }
    Levels levels = estimate_levels(blocks, kInkEdge / 255.0, sheet);
    const int grain = 2 * static_cast<int>(kGrain * levels.stroke * block_px / 2) + 1;
    if (grain >= 3 && levels.grain > kGrainy) {
        cv::Mat smooth;
        cv::blur(grey, smooth, {grain, grain});
        grey = smooth;
        blocks = reduce(grey, block_px);
        if (!ink.light_on_dark) remove_light_marks(blocks);
        levels = estimate_levels(blocks, kInkEdge / 255.0, sheet);
    }
    ink.strength = measure_strength(grey, levels.paper, levels.depth);
    ink.mask = ink.strength > kInkEdge;
    ink.grey = grey;
    ink.paper = levels.paper;
    return ink;
}

cv::Mat light_loss(const Ink& ink) {
    return measure_strength(ink.grey, ink.paper, ink.paper);
}

}  // namespace chiffre
