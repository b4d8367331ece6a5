// normalize.cpp -- candidate -> tile in exactly MNIST's frame: the ink's box scaled, aspect kept, until its longer side
// is 20 px, then shifted so that its centre of mass is the middle of 28x28.
// Source of the frame: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "disc.h"
#include "multiversion.h"
#include "soft_ink.h"
#include "stages.h"

namespace chiffre {
namespace {

constexpr int kLongerSide_px = 20;  // of the digit in the tile
constexpr double kCentre_px = 16;   // centre of mass, counted from 0: pixel 14 of MNIST's 28x28 (measured: 14.0 +- 0.5)
constexpr double kFinestStroke_px = 1.8;  // in the tile
constexpr int kRim_px = 1;                // soft edge of a stroke outside its mask

// own[x] |= 255 where the label is this one.
CHIFFRE_MULTIVERSION void add_label(std::uint8_t* __restrict__ own, const int* __restrict__ labels, int width,
                                    int label) {
    for (int x = 0; x < width; ++x) own[x] |= labels[x] == label ? 255 : 0;
}

// Where one of the three rows has ink, or one beside it.
CHIFFRE_MULTIVERSION void widen(std::uint8_t* __restrict__ wide, const std::uint8_t* __restrict__ above,
                                const std::uint8_t* __restrict__ row, const std::uint8_t* __restrict__ below,
                                std::uint8_t* __restrict__ any, int width) {
    for (int x = 0; x < width; ++x) any[x] = above[x] | row[x] | below[x];
    for (int x = 0; x < width; ++x) wide[x] = any[x - 1] | any[x] | any[x + 1];
}

// Ink strength of what is the candidate's own, or on its rim and nobody's.
CHIFFRE_MULTIVERSION void take_strength(std::uint8_t* __restrict__ cut, const std::uint8_t* __restrict__ own,
                                        const std::uint8_t* __restrict__ wide, const int* __restrict__ labels,
                                        const std::uint8_t* __restrict__ strength, int width) {
    for (int x = 0; x < width; ++x) {
        const int mine = own[x] | (labels[x] == 0 ? wide[x] : 0);
        cut[x] = static_cast<std::uint8_t>(soft_ink(strength[x]) & mine);
    }
}

// The candidate's own ink and its soft rim, without the ink of its neighbours.
cv::Mat cut_out(const Ink& ink, const Marks& marks, const Candidate& candidate, const cv::Rect& box) {
    static_assert(kRim_px == 1);
    cv::Mat own = cv::Mat::zeros(box.height + 2, box.width, CV_8UC1);  // with a row of paper above and below
    for (const int id : candidate.marks) {
        const Mark& mark = marks.at(id);
        for (int y = mark.box.y; y < mark.box.br().y; ++y)
            add_label(own.ptr(y - box.y + 1) + mark.box.x - box.x, marks.labels.ptr<int>(y) + mark.box.x,
                      mark.box.width, mark.label);
    }
    cv::Mat cut(box.size(), CV_8UC1);
    std::vector<std::uint8_t> wide(box.width), any(box.width + 2);  // with paper left and right
    for (int y = 0; y < box.height; ++y) {
        widen(wide.data(), own.ptr(y), own.ptr(y + 1), own.ptr(y + 2), any.data() + 1, box.width);
        take_strength(cut.ptr(y), own.ptr(y + 1), wide.data(), marks.labels.ptr<int>(box.y + y) + box.x,
                      ink.strength.ptr(box.y + y) + box.x, box.width);
    }
    return cut;
}

// Width of the strokes: twice the ink over its outline. The outline is counted in steps between ink and paper along
// rows and columns, which are 4/pi times its length for an outline of all directions (Cauchy-Crofton).
double stroke_width(const cv::Mat& cut) {
    int ink = 0, steps = 0;
    for (int y = 0; y < cut.rows; ++y) {
        const std::uint8_t* row = cut.ptr(y);
        const std::uint8_t* above = y > 0 ? cut.ptr(y - 1) : nullptr;
        for (int x = 0; x < cut.cols; ++x) {
            const bool here = row[x] >= 128;
            ink += here;
            steps += here != (x > 0 && row[x - 1] >= 128);
            steps += here != (above && above[x] >= 128);
        }
    }
    return steps == 0 ? 0 : 2.0 * ink / (steps * CV_PI / 4);
}

// A fine pen's stroke would be less than a pixel wide in the tile and fade; MNIST's is 2 to 3 px. It is thickened
// before it is shrunk.
void thicken(cv::Mat& cut, double scale) {
    const double width = stroke_width(cut);
    if (width <= 0 || width * scale >= kFinestStroke_px) return;
    const int radius = cvRound((kFinestStroke_px / scale - width) / 2);
    if (radius < 1) return;
    cv::copyMakeBorder(cut, cut, radius, radius, radius, radius, cv::BORDER_CONSTANT, cv::Scalar(0));
    dilate_by_disc(cut, radius);
}

}  // namespace

Tile normalize(const Ink& ink, const Marks& marks, const Candidate& candidate, const StageParts& parts) {
    const cv::Rect rimmed(candidate.box.x - kRim_px, candidate.box.y - kRim_px, candidate.box.width + 2 * kRim_px,
                          candidate.box.height + 2 * kRim_px);
    cv::Mat cut = cut_out(ink, marks, candidate, rimmed & cv::Rect({0, 0}, marks.labels.size()));

    // The mask's box, not the rim's, is what fills the frame.
    double scale = static_cast<double>(kLongerSide_px) / std::max(candidate.box.width, candidate.box.height);
    const int before = cut.cols;
    if (parts.thickening) thicken(cut, scale);
    scale = kLongerSide_px / (kLongerSide_px / scale + cut.cols - before);
    const cv::Size size(std::clamp(cvRound(cut.cols * scale), 1, kTileSide),
                        std::clamp(cvRound(cut.rows * scale), 1, kTileSide));
    cv::Mat small;
    cv::resize(cut, small, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);

    const cv::Moments moments = cv::moments(small);
    Tile tile;
    if (moments.m00 <= 0) return tile;
    const int left = static_cast<int>(std::lround(kCentre_px - moments.m10 / moments.m00));
    const int top = static_cast<int>(std::lround(kCentre_px - moments.m01 / moments.m00));
    for (int y = std::max(0, -top); y < std::min(small.rows, kTileSide - top); ++y)
        for (int x = std::max(0, -left); x < std::min(small.cols, kTileSide - left); ++x)
            tile.ink[static_cast<std::size_t>((y + top) * kTileSide + x + left)] = small.at<std::uint8_t>(y, x);
    return tile;
}

}  // namespace chiffre
