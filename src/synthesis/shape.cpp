// shape.cpp -- areas are filled at a multiple of the resolution and averaged down: exact enough for figures of 12
// pixels, and the same on every machine.
#include "synthesis/shape.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace chiffre::synthesis {

namespace {

float area_of(const Outline& outline) {
    float twice = 0;
    for (std::size_t i = 0; i < outline.size(); ++i) {
        const cv::Point2f a = outline[i], b = outline[(i + 1) % outline.size()];
        twice += a.x * b.y - a.y * b.x;
    }
    return twice / 2;
}

// The box of the pixels inked.
cv::Rect fill(const std::vector<Outline>& outlines, cv::Mat& ink) {
    const cv::Rect2f box = ink_box(Shape{{}, outlines});
    const cv::Rect picture({}, ink.size());
    const cv::Point top_left(cvFloor(box.x) - 1, cvFloor(box.y) - 1);
    const cv::Rect reach(top_left, cv::Point(cvCeil(box.br().x) + 2, cvCeil(box.br().y) + 2));
    const cv::Rect seen = reach & picture;
    if (seen.empty()) return {};
    constexpr int kShift = 4;                     // OpenCV takes corners in sixteenths of a pixel
    const int times = seen.height > 200 ? 2 : 4;  // subpixels per pixel and direction
    cv::Mat fine = cv::Mat::zeros(seen.size() * times, CV_8UC1);
    float largest = 0;
    for (const Outline& outline : outlines)
        if (const float area = area_of(outline); std::abs(area) > std::abs(largest)) largest = area;
    for (const bool hole : {false, true})
        for (const Outline& outline : outlines) {
            if ((area_of(outline) * largest < 0) != hole) continue;
            std::vector<cv::Point> corners;
            corners.reserve(outline.size());
            for (const cv::Point2f& p : outline) {
                // Pixel (0, 0) has its centre at (0, 0) in both.
                const cv::Point2f at =
                    (p - cv::Point2f(seen.tl()) + cv::Point2f(0.5f, 0.5f)) * static_cast<float>(times) -
                    cv::Point2f(0.5f, 0.5f);
                corners.emplace_back(cvRound(at.x * (1 << kShift)), cvRound(at.y * (1 << kShift)));
            }
            cv::fillPoly(fine, std::vector<std::vector<cv::Point>>{corners}, cv::Scalar(hole ? 0 : 255), cv::LINE_8,
                         kShift);
        }
    cv::Mat covered;
    cv::resize(fine, covered, seen.size(), 0, 0, cv::INTER_AREA);
    cv::Mat target = ink(seen);
    cv::max(target, covered, target);
    const cv::Rect inked = cv::boundingRect(covered);
    return inked.empty() ? cv::Rect() : inked + seen.tl();
}

}  // namespace

cv::Rect2f ink_box(const Shape& shape) {
    cv::Rect2f box = ink_box(shape.strokes);
    if (shape.outlines.empty()) return box;
    float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (const Outline& outline : shape.outlines)
        for (const cv::Point2f& p : outline) {
            left = std::min(left, p.x), right = std::max(right, p.x);
            top = std::min(top, p.y), bottom = std::max(bottom, p.y);
        }
    const cv::Rect2f filled(left, top, right - left, bottom - top);
    return shape.strokes.empty() ? filled : box | filled;
}

Shape placed(const Shape& shape, float scale, cv::Point2f shift) {
    Shape result{placed(shape.strokes, scale, shift), shape.outlines, shape.sign};
    for (Outline& outline : result.outlines)
        for (cv::Point2f& p : outline) p = scale * p + shift;
    return result;
}

cv::Rect render(const Shape& shape, cv::Mat& ink) {
    const cv::Rect box = render(shape.strokes, ink);
    return shape.outlines.empty() ? box : box | fill(shape.outlines, ink);
}

Shape project(const Shape& shape, const Camera& camera) {
    Shape result{project(shape.strokes, camera), shape.outlines, shape.sign};
    for (Outline& outline : result.outlines)
        for (cv::Point2f& p : outline) p = camera.project(p);
    return result;
}

std::vector<PenPoint> edge_points(const Shape& shape) {
    constexpr float kStep = 0.03f;  // digit heights
    std::vector<PenPoint> points;
    for (const Stroke& stroke : shape.strokes) points.insert(points.end(), stroke.begin(), stroke.end());
    for (const Outline& outline : shape.outlines)
        for (std::size_t i = 0; i < outline.size(); ++i) {
            const cv::Point2f a = outline[i], b = outline[(i + 1) % outline.size()];
            const int steps = 1 + static_cast<int>(std::hypot(b.x - a.x, b.y - a.y) / kStep);
            for (int step = 0; step < steps; ++step) {
                const cv::Point2f p = a + (b - a) * (static_cast<float>(step) / static_cast<float>(steps));
                points.push_back({p.x, p.y, 0});
            }
        }
    return points;
}

Stroke line_stroke(cv::Point2f a, cv::Point2f b, float radius) {
    constexpr int kPieces = 48;  // the painter looks at the bounding box of each piece
    Stroke line;
    for (int i = 0; i <= kPieces; ++i) {
        const cv::Point2f p = a + (b - a) * (static_cast<float>(i) / kPieces);
        line.push_back({p.x, p.y, radius});
    }
    return line;
}

}  // namespace chiffre::synthesis
