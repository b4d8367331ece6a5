// outlines.cpp -- a line around a shape has its hole's contour about as long as its outer one; a stroke has none, and a
// letter's bowl a shorter one. What it encloses is wide for a stroke of it, and narrow for the whole: area and contour
// tell the width of a stroke that is long (area = width * length, contour = 2 * length).
#include "outlines.h"

#include <algorithm>
#include <cstdint>
#include <opencv2/imgproc.hpp>

namespace chiffre {
namespace {

constexpr double kLowest = 0.6;    // of the page's typical height
constexpr double kAlong = 0.7;     // hole's contour by the outer one: it follows the line all around
constexpr double kHollow = 0.4;    // of the whole: what the line encloses
constexpr double kWidest = 0.34;   // of the longer side: the stroke that it stands for; a disk's would be 0.5
constexpr int kLeastSide_px = 12;  // a smaller mark's contours say little

using Contour = std::vector<cv::Point>;

// Sets all that lies within the outer contours of `lines`.
void fill_within(const cv::Mat& lines, cv::Mat& picture, int value) {
    std::vector<Contour> outer;
    cv::findContours(lines, outer, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
    cv::drawContours(picture, outer, -1, value, cv::FILLED);
}

// The mark's own ink, CV_8UC1, in its box with a pixel of paper around it. Labels of a mark's pieces follow each other.
cv::Mat ink_of(const Marks& marks, int id) {
    const Mark& mark = marks.at(id);
    const int first = marks.at(marks.parts_of(id).front()).label, last = first + std::max(0, mark.pieces - 1);
    cv::Mat ink = cv::Mat::zeros(mark.box.height + 2, mark.box.width + 2, CV_8UC1);
    for (int y = 0; y < mark.box.height; ++y) {
        const int* labels = marks.labels.ptr<int>(mark.box.y + y) + mark.box.x;
        std::uint8_t* own = ink.ptr(y + 1) + 1;
        for (int x = 0; x < mark.box.width; ++x) own[x] = labels[x] >= first && labels[x] <= last ? 255 : 0;
    }
    return ink;
}

// Of connected pieces the largest.
cv::Mat largest_of(const cv::Mat& ink) {
    cv::Mat pieces, stats, centres;
    const int count = cv::connectedComponentsWithStats(ink, pieces, stats, centres);
    int largest = 1;
    const auto extent = [&](int i) {
        return stats.at<int>(i, cv::CC_STAT_WIDTH) * stats.at<int>(i, cv::CC_STAT_HEIGHT);
    };
    for (int i = 2; i < count; ++i)
        if (extent(i) > extent(largest)) largest = i;
    return pieces == largest;
}

double perimeter(const Contour& contour) {
    return cv::arcLength(contour, true);
}

bool is_line_around(const cv::Mat& ink) {
    std::vector<Contour> contours;
    std::vector<cv::Vec4i> tree;
    cv::findContours(ink, contours, tree, cv::RETR_CCOMP, cv::CHAIN_APPROX_SIMPLE);
    const auto longest = [&](int parent) {  // outer contours have none
        int best = -1;
        for (int i = 0; i < static_cast<int>(contours.size()); ++i)
            if (tree[static_cast<std::size_t>(i)][3] == parent &&
                (best < 0 || perimeter(contours[static_cast<std::size_t>(i)]) >
                                 perimeter(contours[static_cast<std::size_t>(best)])))
                best = i;
        return best;
    };
    const int outer = longest(-1), hole = outer < 0 ? -1 : longest(outer);
    if (hole < 0) return false;
    const Contour &around = contours[static_cast<std::size_t>(outer)],
                  &within = contours[static_cast<std::size_t>(hole)];
    return perimeter(within) >= kAlong * perimeter(around) &&
           cv::contourArea(within) >= kHollow * cv::contourArea(around);
}

bool is_stroke(const cv::Mat& shape) {
    std::vector<Contour> contours;
    cv::findContours(shape, contours, cv::RETR_LIST, cv::CHAIN_APPROX_SIMPLE);
    double around = 0;
    for (const Contour& contour : contours) around += perimeter(contour);
    return 2 * cv::countNonZero(shape) <= kWidest * around * std::max(shape.cols, shape.rows);
}

}  // namespace

cv::Mat shape_of(const Ink& ink, const Marks& marks, int id) {
    const cv::Rect& box = marks.at(id).box;
    const cv::Rect inner(1, 1, box.width, box.height);
    const cv::Mat line = largest_of(ink_of(marks, id));
    cv::Mat shape = cv::Mat::zeros(line.size(), CV_8UC1), others = shape.clone();
    fill_within(line, shape, 255);
    ink.mask(box).copyTo(others(inner), shape(inner));
    others.setTo(0, line);
    fill_within(others, shape, 0);
    return shape(inner).clone();
}

std::vector<int> outlines_among(const Ink& ink, const Marks& marks, std::span<const int> ids) {
    std::vector<int> outlines;
    for (const int id : ids)
        if (marks.at(id).box.height >= std::max<double>(kLeastSide_px, kLowest * marks.digit_height_px) &&
            is_line_around(ink_of(marks, id)) && is_stroke(shape_of(ink, marks, id)))
            outlines.push_back(id);
    return outlines;
}

Ink filled(const Ink& ink, const Marks& marks, std::span<const int> ids) {
    Ink result = ink;
    result.strength = ink.strength.clone();
    result.mask = ink.mask.clone();
    result.grey = ink.grey.clone();
    for (const int id : ids) {
        const cv::Rect& box = marks.at(id).box;
        const cv::Mat shape = shape_of(ink, marks, id), lines = ink.mask(box) & shape;
        const cv::Mat hollow = shape & ~lines;
        result.strength(box).setTo(cv::mean(ink.strength(box), lines), hollow);
        result.grey(box).setTo(cv::mean(ink.grey(box), lines), hollow);
        cv::Mat mask = result.mask(box);
        fill_within(shape, mask, 0);  // the lines of its holes belong to it
        mask.setTo(255, shape);
    }
    return result;
}

}  // namespace chiffre
