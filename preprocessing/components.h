// components.h -- part of segment: connected components of an ink mask and what is measured on one of them.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace chiffre {

struct Component {
    cv::Rect box;
    int area = 0;
    int label = 0;  // its value in the labels
};

// mask: CV_8UC1. labels becomes CV_32SC1, 0 where there is no ink.
std::vector<Component> components(const cv::Mat& mask, cv::Mat& labels);

// Mean width of its strokes: twice its ink per length of its outline, inner outlines included.
double stroke_px(const Component& c, const cv::Mat& labels);

// Ink per area of the box.
double fill(const Component& c);

bool touches_border(const cv::Rect& box, cv::Size size);

}  // namespace chiffre
