// components.h -- part of segment: connected components of an ink mask and what is measured on one of them.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

namespace chiffre {

// What the runs of ink in a component's rows tell of its form.
struct Form {
    std::int64_t outline = 0;   // sides of its pixels on which none of its own lies; 0: not measured
    std::int64_t x = 0, y = 0;  // sums over its pixels, in coordinates of the page
    std::int64_t xx = 0, xy = 0, yy = 0;
};

struct Component {
    cv::Rect box;
    int area = 0;
    int label = 0;   // its value in the labels
    Form form = {};  // as components() leaves it
};

// mask: CV_8UC1. labels becomes CV_32SC1, 0 where there is no ink, else from 1 on in the order of the components, which
// is that in which blocks of 2x2 pixels, row by row, meet them.
std::vector<Component> components(const cv::Mat& mask, cv::Mat& labels);

// The component's form; from the labels where that was not measured yet.
Form form_of(const Component& c, const cv::Mat& labels);

// Mean width of its strokes: twice its ink per length of its outline, inner outlines included.
double stroke_px(const Component& c, const cv::Mat& labels);

// Ink per area of the box.
double fill(const Component& c);

bool touches_border(const cv::Rect& box, cv::Size size);

}  // namespace chiffre
