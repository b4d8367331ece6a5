// camera.h -- where a place on the paper is seen in the picture: a bend of the paper, a rotation, then a projection.
#pragma once

#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

#include "synthesis/glyphs.h"

namespace chiffre::synthesis {

// The paper's coordinates have their origin at the middle of the picture and pixels for a unit there.
struct Camera {
    cv::Point2f middle;                          // picture pixels
    float tilt = 0;                              // radians, counterclockwise as seen
    float perspective_x = 0, perspective_y = 0;  // relative change of scale from the middle to an edge

    float bow = 0, wave = 0;  // of the paper: shift in y at the picture's left and right edge, over half its width

    cv::Point2f project(cv::Point2f p) const {
        const cv::Point2f turned = rotate(bend(p));
        return middle + turned / depth(turned);
    }
    // Pixels of the picture per unit of paper around p: the geometric mean over directions.
    float scale(cv::Point2f p) const { return std::pow(depth(rotate(bend(p))), -1.5f); }

  private:
    // Even and odd in x: a sheet that curls, and one that curls more on one side.
    cv::Point2f bend(cv::Point2f p) const {
        const float u = p.x / middle.x;
        return {p.x, p.y + middle.x * (bow * u * u + wave * (u * u * u - u))};
    }
    cv::Point2f rotate(cv::Point2f p) const {
        const float c = std::cos(tilt), s = std::sin(tilt);
        return {c * p.x + s * p.y, c * p.y - s * p.x};
    }
    float depth(cv::Point2f turned) const {
        return 1 + perspective_x * turned.x / middle.x + perspective_y * turned.y / middle.y;
    }
};

inline std::vector<Stroke> project(std::vector<Stroke> strokes, const Camera& camera) {
    for (Stroke& stroke : strokes)
        for (PenPoint& p : stroke) {
            const cv::Point2f at = camera.project({p.x, p.y});
            p = {at.x, at.y, p.radius * camera.scale({p.x, p.y})};
        }
    return strokes;
}

}  // namespace chiffre::synthesis
