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
constexpr int kPatchRim = 2;        // blocks beyond a patch that its blurred edge reaches
constexpr double kTaken = 0.5;      // of a patch: taken for ink as a whole
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

double median_within(const cv::Mat& grey, const cv::Mat& where) {
    std::vector<std::uint8_t> values;
    for (int y = 0; y < grey.rows; ++y)
        for (int x = 0; x < grey.cols; ++x)
            if (where.at<std::uint8_t>(y, x)) values.push_back(grey.at<std::uint8_t>(y, x));
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

int block_side(cv::Size size) {
    const int longer = std::max(size.width, size.height);
    return longer <= kSmallSide_px / 2 ? 1 : (longer + kSmallSide_px - 1) / kSmallSide_px;
}

// Dark ink on lighter paper; sheet as in estimate_levels().
Ink dark_ink(cv::Mat grey, Blocks blocks, int block_px, const cv::Mat& sheet, bool light_marks,
             const StageParts& parts) {
    cv::Mat light;
    if (light_marks) light = remove_light_marks(blocks);
    Levels levels = estimate_levels(blocks, kInkEdge / 255.0, sheet, parts);
    const int grain = 2 * static_cast<int>(kGrain * levels.stroke * block_px / 2) + 1;
    if (parts.smoothing && grain >= 3 && levels.grain > kGrainy) {
        cv::Mat smooth;
        cv::blur(grey, smooth, {grain, grain});
        grey = smooth;
        blocks = reduce(grey, block_px);
        if (light_marks) remove_light_marks(blocks);
        levels = estimate_levels(blocks, kInkEdge / 255.0, sheet, parts);
    }
    const Measured measured = measure(grey, levels.paper, levels.depth);
    Ink ink{measured.strength, measured.mask, grey, levels.paper};
    if (!light.empty() && parts.light_text)
        for (const cv::Rect& row : rows_of_light_marks(light))
            ink.light_text.push_back(
                cv::Rect(row.x * block_px, row.y * block_px, row.width * block_px, row.height * block_px) &
                cv::Rect({0, 0}, grey.size()));
    return ink;
}

// A region of blocks within `blocks`, in pixels of a picture of this size.
cv::Mat at_full_size(const cv::Mat& region, const cv::Rect& blocks, int block_px, cv::Size size) {
    cv::Mat full;
    cv::resize(region(blocks), full, {blocks.width * block_px, blocks.height * block_px}, 0, 0, cv::INTER_NEAREST);
    return full(cv::Rect({0, 0}, size));
}

// Puts what is ink on the patch in place of what is there, its edge. The patch is looked at as a picture of its own, in
// which all beside it is like it.
void add_patch(Ink& ink, const Patch& patch, int block_px, const StageParts& parts) {
    cv::Mat wide, within, sheet, paper;
    cv::dilate(patch.region, wide, square(2 * kPatchRim + 1));
    cv::erode(patch.region, within, square(3), {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(255));
    const cv::Rect blocks = cv::boundingRect(wide);
    const cv::Rect box =
        cv::Rect(blocks.x * block_px, blocks.y * block_px, blocks.width * block_px, blocks.height * block_px) &
        cv::Rect({0, 0}, ink.grey.size());
    cv::Mat grey = ink.grey(box).clone();
    if (patch.light_on_dark) grey = 255 - grey;
    const cv::Mat inner = at_full_size(within, blocks, block_px, box.size());
    grey.setTo(median_within(grey, inner), inner == 0);

    const int own_block_px = block_side(grey.size());
    const Blocks own = reduce(grey, own_block_px);
    cv::resize(inner, sheet, own.mean.size(), 0, 0, cv::INTER_NEAREST);
    const Ink found = dark_ink(grey, own, own_block_px, sheet, !patch.light_on_dark, parts);
    const cv::Mat where = at_full_size(wide, blocks, block_px, box.size());
    found.strength.copyTo(ink.strength(box), where);
    found.mask.copyTo(ink.mask(box), where);
    found.grey.copyTo(ink.grey(box), where);
    cv::resize(found.paper, paper, blocks.size(), 0, 0, cv::INTER_AREA);
    paper.copyTo(ink.paper(blocks), wide(blocks));
}

// A shadow is not: on it the paper is known.
bool is_taken_for_ink(const Ink& ink, const Patch& patch, int block_px) {
    const cv::Rect all({0, 0}, patch.region.size());
    return cv::mean(ink.mask, at_full_size(patch.region, all, block_px, ink.mask.size()))[0] > 255 * kTaken;
}

}  // namespace

Ink binarize(const cv::Mat& photo, const StageParts& parts) {
    cv::Mat grey = photo;
    const int block_px = block_side(grey.size());
    Blocks blocks = reduce(grey, block_px);
    cv::Mat sheet = parts.sheets ? bright_sheet(blocks) : cv::Mat();
    const cv::Mat panel = parts.sheets ? dark_panel(blocks) : cv::Mat();
    const bool light_on_dark = parts.polarity && (!panel.empty() || is_light_on_dark(blocks, sheet));
    if (light_on_dark) {
        grey = 255 - grey;
        blocks = negative(blocks);
        sheet = panel;
    }
    Ink ink = dark_ink(grey, blocks, block_px, sheet, !light_on_dark, parts);
    ink.light_on_dark = light_on_dark;
    if (!parts.polarity || !panel.empty()) return ink;
    for (const Patch& patch : find_patches(blocks)) {
        if (!sheet.empty() && cv::countNonZero(patch.region & ~sheet) > 0) continue;
        if (patch.light_on_dark || is_taken_for_ink(ink, patch, block_px)) add_patch(ink, patch, block_px, parts);
    }
    return ink;
}

cv::Mat light_loss(const Ink& ink) {
    return measure(ink.grey, ink.paper, ink.paper).strength;
}

}  // namespace chiffre
