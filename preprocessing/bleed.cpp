// bleed.cpp -- what shows through from the sheet's other side: paper takes light from it, and spreads it. So it is
// fainter than this side's writing, and softer. Depth alone would not do: a pencil's notes beside ink are as faint.
#include "bleed.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace chiffre {
namespace {

constexpr double kDeepest = 0.1;        // of a mark's ink: the rest is less deep than the mark is taken to be
constexpr double kTypical = 0.25;       // of it: the depth that the edge is measured against; noise raises it less
constexpr double kTellingHeight = 0.5;  // of the typical height: lower marks do not tell how deep the writing is
constexpr std::size_t kLeastMarks = 4;  // fewer do not fall in classes
constexpr double kGap = 1.5;            // times: from what shows through to this side's writing it is 2 to 6
// Of the sharpness of this side's writing. Measured on drawn pages: of two pens or pen and pencil the paler has 0.86
// to 1.08 of the other's, what shows through 0.2 to 0.8, seldom more.
constexpr double kSoft = 0.82;

// The light of the paper about the mark.
double paper_at(const Mark& mark, const Ink& ink) {
    const int x = (2 * mark.box.x + mark.box.width) * ink.paper.cols / (2 * ink.grey.cols);
    const int y = (2 * mark.box.y + mark.box.height) * ink.paper.rows / (2 * ink.grey.rows);
    return std::max(1.0f, ink.paper.at<float>(y, x));
}

// The share of the paper's light that the mark's ink takes where it takes most: `share` of it takes more.
double depth_of(const Mark& mark, const cv::Mat& labels, const Ink& ink, double share) {
    std::array<int, 256> counts{};
    for (int y = mark.box.y; y < mark.box.br().y; ++y) {
        const std::uint8_t* grey = ink.grey.ptr(y);
        const int* label = labels.ptr<int>(y);
        for (int x = mark.box.x; x < mark.box.br().x; ++x) counts[grey[x]] += label[x] == mark.label;
    }
    int darker = static_cast<int>(share * mark.area_px);
    std::size_t level = 0;
    while (level < 255 && (darker -= counts[level]) > 0) ++level;
    return std::max(1.0 / 255, 1 - static_cast<double>(level) / paper_at(mark, ink));
}

// The gradient at the mark's outline, share of its depth per pixel: the mean over its outermost pixels or those around
// it, whichever is steeper, as where the outline lies on the edge is up to the threshold. A mean over many pixels is
// not led by noise, as a maximum would be.
double sharpness(const Mark& mark, const cv::Mat& labels, const Ink& ink) {
    double inner = 0, outer = 0;
    int inner_px = 0, outer_px = 0;
    const cv::Rect around{mark.box.x - 1, mark.box.y - 1, mark.box.width + 2, mark.box.height + 2};
    const cv::Rect within = around & cv::Rect{1, 1, ink.grey.cols - 2, ink.grey.rows - 2};
    const auto row = static_cast<std::ptrdiff_t>(labels.step1()),
               grey_row = static_cast<std::ptrdiff_t>(ink.grey.step1());
    for (int y = within.y; y < within.br().y; ++y) {
        for (int x = within.x; x < within.br().x; ++x) {
            const int* label = labels.ptr<int>(y) + x;
            const bool own = *label == mark.label;
            if (!own && *label != 0) continue;
            const int own_beside = (label[-1] == mark.label) + (label[1] == mark.label) + (label[-row] == mark.label) +
                                   (label[row] == mark.label);
            if (own_beside == (own ? 4 : 0)) continue;
            const std::uint8_t* grey = ink.grey.ptr(y) + x;
            const double across = grey[1] - grey[-1], down = grey[grey_row] - grey[-grey_row];
            (own ? inner : outer) += std::sqrt(across * across + down * down) / 2;
            ++(own ? inner_px : outer_px);
        }
    }
    const double steepest = std::max(inner / std::max(1, inner_px), outer / std::max(1, outer_px));
    return steepest / (paper_at(mark, ink) * depth_of(mark, labels, ink, kTypical));
}

double median(std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// The least depth above the widest gap between the depths, sorted; 0 where none is wide enough.
double above_gap(const std::vector<double>& depths) {
    double widest = kGap, least = 0;
    for (std::size_t i = 1; i < depths.size(); ++i)
        if (depths[i] > widest * depths[i - 1]) widest = depths[i] / depths[i - 1], least = depths[i];
    return least;
}

}  // namespace

void drop_bleed_through(Marks& marks, const Ink& ink) {
    const auto tells = [&](const Mark& mark) { return mark.box.height > kTellingHeight * marks.digit_height_px; };
    std::vector<double> depths, telling;
    for (const Mark& mark : marks.marks) {
        depths.push_back(depth_of(mark, marks.labels, ink, kDeepest));
        if (tells(mark)) telling.push_back(depths.back());
    }
    if (telling.size() < kLeastMarks) return;
    std::sort(telling.begin(), telling.end());
    const double least = above_gap(telling);
    if (least == 0) return;

    std::vector<double> faint, deep;
    for (std::size_t i = 0; i < depths.size(); ++i)
        if (tells(marks.marks[i]))
            (depths[i] < least ? faint : deep).push_back(sharpness(marks.marks[i], marks.labels, ink));
    if (median(faint) > kSoft * median(deep)) return;

    std::vector<Mark> kept;
    for (std::size_t i = 0; i < depths.size(); ++i) {
        if (depths[i] >= least)
            kept.push_back(marks.marks[i]);
        else
            marks.dropped.push_back(marks.marks[i].box);
    }
    marks.marks = std::move(kept);
}

}  // namespace chiffre
