// outlines.cpp -- a line around a shape has its hole's contour about as long as its outer one; a stroke has none, and a
// letter's bowl a shorter one. What it encloses is wide for a stroke of it, and narrow for the whole: area and contour
// tell the width of a stroke that is long (area = width * length, contour = 2 * length).
#include "outlines.h"

#include <algorithm>
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

// The line around the mark: of its connected pieces the largest, CV_8UC1, in its box with a pixel of paper around it.
cv::Mat line_of(const Marks& marks, int id) {
    const cv::Rect& box = marks.at(id).box;
    cv::Mat ink = cv::Mat::zeros(box.height + 2, box.width + 2, CV_8UC1);
    for (const int part : marks.parts_of(id))
        ink(cv::Rect(1, 1, box.width, box.height)).setTo(255, marks.labels(box) == marks.at(part).label);
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

// The longest outer contour and the longest of a hole, or none.
struct Edges {
    Contour outer, hole;
};
Edges edges_of(const cv::Mat& picture) {
    std::vector<Contour> contours;
    std::vector<cv::Vec4i> tree;
    cv::findContours(picture, contours, tree, cv::RETR_CCOMP, cv::CHAIN_APPROX_SIMPLE);
    Edges edges;
    for (std::size_t i = 0; i < contours.size(); ++i) {
        Contour& longest = tree[i][3] < 0 ? edges.outer : edges.hole;
        if (longest.empty() || perimeter(contours[i]) > perimeter(longest)) longest = contours[i];
    }
    return edges;
}

bool is_line_around(const cv::Mat& line) {
    const Edges edges = edges_of(line);
    return !edges.hole.empty() && perimeter(edges.hole) >= kAlong * perimeter(edges.outer) &&
           cv::contourArea(edges.hole) >= kHollow * cv::contourArea(edges.outer);
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
    const cv::Mat line = line_of(marks, id);
    cv::Mat shape = cv::Mat::zeros(line.size(), CV_8UC1), others = shape.clone();
    fill_within(line, shape, 255);
    ink.mask(box).copyTo(others(inner), shape(inner));
    others.setTo(0, line);
    fill_within(others, shape, 0);
    return shape(inner).clone();
}

std::vector<int> outlined_marks(const Ink& ink, const Marks& marks) {
    std::vector<int> ids;
    for (int id = 0; id < static_cast<int>(marks.marks.size()); ++id) {
        const cv::Rect& box = marks.at(id).box;
        if (box.height >= std::max<double>(kLeastSide_px, kLowest * marks.digit_height_px) &&
            is_line_around(line_of(marks, id)) && is_stroke(shape_of(ink, marks, id)))
            ids.push_back(id);
    }
    return ids;
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
