// pieces.h -- part of segment: what is measured on a piece of a broken digit, and which pieces are a display's
// segments.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "components.h"

namespace chiffre {

struct Piece {
    cv::Rect box;
    double stroke_px = 0;
    double length_px = 0, width_px = 0;  // of the rectangle with the same moments
    double angle = 0;                    // of its length, in radians
    bool is_bar = false;                 // as straight and solid as a segment
    double digit_px = 0;                 // of a segment: height of its digit; else 0
};

Piece measure(const Component& c, const cv::Mat& labels);

// Too short to show where it leads.
bool is_dot(const Piece& piece);

// Where most of a bar's neighbours are bars, and some lie across, they are segments, two of which are as long as their
// digit is high.
void find_segments(std::vector<Piece>& pieces);

// Those of the components that are a display's segments.
struct Segments {
    std::vector<const Component*> bars;
    double height_px = 0;  // typical, of the digits that they make up; 0 where there are none
};
Segments segments_of(const std::vector<Component>& all, const cv::Mat& labels);

}  // namespace chiffre
