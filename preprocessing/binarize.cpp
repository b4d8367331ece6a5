// binarize.cpp -- grey -> ink. Ink is the loss of light relative to the paper nearby, and the threshold is half of the
// strongest ink nearby, which is where the edge of a blurred stroke lies. All decisions are made on a small picture
// (blocks.h); one pass over the large one applies them.
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <vector>

#include "blocks.h"
#include "multiversion.h"
#include "stages.h"

namespace chiffre {
namespace {

constexpr int kSmallSide_px = 256;  // longer side of the picture on which paper and contrast are estimated
constexpr double kGrain = 0.4;      // of a stroke's width: finer structure is grain of paper and pencil
constexpr double kGrainy = 0.18;    // of strong ink: bare paper that is darker in places than this breaks up strokes
constexpr int kInkEdge = 115;       // strength at the edge of a stroke: just under half of full ink

// A row between two others.
struct Blend {
    const float *above, *below;
    float share;  // of the one below
};

// Rows of a small picture, interpolated to the size of the large one. Each small row is widened once; between two of
// them lies only a vertical blend, which vectorizes.
class RowSampler {
  public:
    RowSampler(const cv::Mat& small, cv::Size large)
        : small_(small), height_(large.height), above_(large.width), below_(large.width) {
        for (int x = 0; x < large.width; ++x) columns_.push_back(between(x, large.width, small.cols));
    }

    Blend row(int y) {
        const Between at = between(y, height_, small_.rows);
        if (at.first != first_) {
            widen(at.first, above_);
            widen(at.second, below_);
            first_ = at.first;
        }
        return {above_.data(), below_.data(), at.share};
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
    std::vector<float> above_, below_;
};

// strength = 255 * (paper - grey) / depth, kept within a byte.
CHIFFRE_MULTIVERSION void measure_row(std::uint8_t* __restrict__ strength, std::uint8_t* __restrict__ mask,
                                      const std::uint8_t* __restrict__ grey, int width, const Blend& paper,
                                      const Blend& gain) {
    const float *white = paper.above, *white_below = paper.below, *factor = gain.above, *factor_below = gain.below;
    const float white_share = paper.share, factor_share = gain.share;
    for (int x = 0; x < width; ++x) {
        const float light = white[x] + white_share * (white_below[x] - white[x]);
        const float times = factor[x] + factor_share * (factor_below[x] - factor[x]);
        const float value = (light - static_cast<float>(grey[x])) * times;
        const int level = static_cast<int>(std::min(std::max(value, 0.0f), 255.0f));
        strength[x] = static_cast<std::uint8_t>(level);
        mask[x] = level > kInkEdge ? 255 : 0;
    }
}

struct Measured {
    cv::Mat strength, mask;
};

Measured measure(const cv::Mat& grey, const cv::Mat& paper, const cv::Mat& depth) {
    RowSampler whites(paper, grey.size()), gain(255.0 / depth, grey.size());
    Measured ink{cv::Mat(grey.size(), CV_8UC1), cv::Mat(grey.size(), CV_8UC1)};
    for (int y = 0; y < grey.rows; ++y)
        measure_row(ink.strength.ptr(y), ink.mask.ptr(y), grey.ptr(y), grey.cols, whites.row(y), gain.row(y));
    return ink;
}

}  // namespace

Ink binarize(const cv::Mat& photo, const StageParts& parts) {
    cv::Mat grey = photo;
    const int longer = std::max(grey.cols, grey.rows);
    const int block_px = longer <= kSmallSide_px / 2 ? 1 : (longer + kSmallSide_px - 1) / kSmallSide_px;
    Ink ink;
    Blocks blocks = reduce(grey, block_px);
    cv::Mat sheet = parts.sheets ? bright_sheet(blocks) : cv::Mat();
    const cv::Mat panel = parts.sheets ? dark_panel(blocks) : cv::Mat();
    ink.light_on_dark = parts.polarity && (!panel.empty() || is_light_on_dark(blocks, sheet));
    if (ink.light_on_dark) {
        grey = 255 - grey;
        blocks = negative(blocks);
        sheet = panel;
    } else {
        remove_light_marks(blocks);
    }
    Levels levels = estimate_levels(blocks, kInkEdge / 255.0, sheet, parts);
    const int grain = 2 * static_cast<int>(kGrain * levels.stroke * block_px / 2) + 1;
    if (parts.smoothing && grain >= 3 && levels.grain > kGrainy) {
        cv::Mat smooth;
        cv::blur(grey, smooth, {grain, grain});
        grey = smooth;
        blocks = reduce(grey, block_px);
        if (!ink.light_on_dark) remove_light_marks(blocks);
        levels = estimate_levels(blocks, kInkEdge / 255.0, sheet, parts);
    }
    const Measured measured = measure(grey, levels.paper, levels.depth);
    ink.strength = measured.strength;
    ink.mask = measured.mask;
    ink.grey = grey;
    ink.paper = levels.paper;
    return ink;
}

cv::Mat light_loss(const Ink& ink) {
    return measure(ink.grey, ink.paper, ink.paper).strength;
}

}  // namespace chiffre
