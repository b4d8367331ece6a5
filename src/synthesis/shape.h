// shape.h -- what is written or printed in one place: traces of a pen, or areas with an outline.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "synthesis/camera.h"
#include "synthesis/glyphs.h"

namespace chiffre::synthesis {

using Outline = std::vector<cv::Point2f>;  // closed; the last point is joined to the first

// In the same coordinates as strokes. The largest outline gives the sense of rotation of ink; outlines of the other
// sense are holes.
struct Shape {
    std::vector<Stroke> strokes;
    std::vector<Outline> outlines;
    char sign = 0;  // the character that this is, where it is one
};

// As of strokes (glyphs.h).
cv::Rect2f ink_box(const Shape& shape);
Shape placed(const Shape& shape, float scale, cv::Point2f shift);
cv::Rect render(const Shape& shape, cv::Mat& ink);

// As seen by the camera.
Shape project(const Shape& shape, const Camera& camera);

// Points along the shape, close together, with their radii: 0 on outlines.
std::vector<PenPoint> edge_points(const Shape& shape);

// A straight line in pieces: what is bent or projected must have points to bend.
Stroke line_stroke(cv::Point2f a, cv::Point2f b, float radius);

}  // namespace chiffre::synthesis
