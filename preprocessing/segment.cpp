// segment.cpp -- ink -> marks: connected components, less those that by size, shape or place cannot be a digit or a
// part of one. Every limit is a multiple of the typical height of the marks, which is measured first.
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <numeric>

#include "stages.h"

namespace chiffre {
namespace {

constexpr int kLeastDigit_px = 7;      // a lower digit cannot be read
constexpr double kSpeckHeight = 0.22;  // of the typical height, both sides: lower and narrower is a speck
constexpr double kTallest = 3.2;       // of the typical height: taller is no digit of this page
constexpr double kWidest = 4.0;        // of the typical height: wider is no digit, nor a few that touch
constexpr double kLineAspect = 7.0;    // longer than this many times its thickness is a ruled line ...
constexpr double kLineLength = 1.8;    // ... where it is also longer than this many typical heights
constexpr double kFrameShare = 0.2;    // of the picture's side: a frame is at least as large
constexpr double kBorderShare = 0.3;   // of the picture's side: what touches the border and is longer is no writing
constexpr double kSolid = 0.75;        // ink per box area: the edge of a table or a shadow, not strokes

struct Component {
    cv::Rect box;
    int area = 0;
    int label = 0;
};

std::vector<Component> components(const cv::Mat& mask, cv::Mat& labels) {
    cv::Mat stats, centroids;
    const int count = cv::connectedComponentsWithStats(mask, labels, stats, centroids, 8, CV_32S, cv::CCL_GRANA);
    std::vector<Component> found;
    for (int i = 1; i < count; ++i) {
        const int* s = stats.ptr<int>(i);
        found.push_back({{s[cv::CC_STAT_LEFT], s[cv::CC_STAT_TOP], s[cv::CC_STAT_WIDTH], s[cv::CC_STAT_HEIGHT]},
                         s[cv::CC_STAT_AREA],
                         i});
    }
    return found;
}

bool touches_border(const cv::Rect& box, cv::Size size) {
    return box.x <= 0 || box.y <= 0 || box.br().x >= size.width || box.br().y >= size.height;
}

double fill(const Component& c) {
    return static_cast<double>(c.area) / c.box.area();
}

// Large, thin in itself, and other sizeable components stand within it: a frame, a table, a sudoku grid.
bool is_frame(const Component& c, const std::vector<Component>& all, cv::Size size) {
    if (c.box.width < kFrameShare * size.width && c.box.height < kFrameShare * size.height) return false;
    if (fill(c) > 0.5) return false;
    int inside = 0;
    for (const Component& other : all)
        if (other.label != c.label && (other.box & c.box) == other.box && other.box.height * 25 > c.box.height &&
            other.box.height >= kLeastDigit_px)
            ++inside;
    return inside >= 2;
}

bool is_border_piece(const Component& c, cv::Size size) {
    if (!touches_border(c.box, size)) return false;
    const bool long_one = c.box.width > kBorderShare * size.width || c.box.height > kBorderShare * size.height;
    return long_one && (fill(c) > kSolid || c.box.width > 0.6 * size.width || c.box.height > 0.9 * size.height ||
                        c.box.width < 0.1 * c.box.height || c.box.height < 0.1 * c.box.width);
}

// Half of all ink lies in components of at least this height.
double typical_height(const std::vector<Component>& components) {
    std::vector<const Component*> sorted;
    double total = 0;
    for (const Component& c : components) {
        if (c.box.height < kLeastDigit_px || c.box.width > kLineAspect * c.box.height) continue;
        sorted.push_back(&c);
        total += c.area;
    }
    std::sort(sorted.begin(), sorted.end(), [](const Component* a, const Component* b) {
        return a->box.height != b->box.height ? a->box.height < b->box.height : a->label < b->label;
    });
    double sum = 0;
    for (const Component* c : sorted)
        if ((sum += c->area) >= total / 2) return c->box.height;
    return 0;
}

bool is_line(const Component& c, double height) {
    const double longer = std::max(c.box.width, c.box.height), thickness = c.area / longer;
    return longer > kLineLength * height && longer > kLineAspect * thickness * 1.6 &&
           (c.box.width > 2.5 * c.box.height || longer > 2.5 * height);
}

bool may_be_digit_or_part(const Component& c, double height) {
    const int longer = std::max(c.box.width, c.box.height);
    return longer >= kSpeckHeight * height && longer >= 4 && c.box.height <= kTallest * height &&
           c.box.width <= kWidest * height && !is_line(c, height);
}

}  // namespace

Marks segment(const Ink& ink) {
    Marks marks;
    std::vector<Component> all = components(ink.mask, marks.labels);

    std::vector<Component> writing;
    for (const Component& c : all) {
        if (is_border_piece(c, ink.mask.size()) || is_frame(c, all, ink.mask.size()))
            marks.dropped.push_back(c.box);
        else
            writing.push_back(c);
    }
    const double height = typical_height(writing);
    for (const Component& c : writing) {
        if (may_be_digit_or_part(c, height))
            marks.marks.push_back({c.box, c.area, c.label});
        else
            marks.dropped.push_back(c.box);
    }
    marks.digit_height_px = static_cast<float>(height);
    return marks;
}

}  // namespace chiffre
