// canvas.h -- a photo to draw on, at a size that people look at, with boxes and letters that stay legible on it.
#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace chiffre {

using Colour = cv::Scalar;  // red, green, blue

inline const Colour kGreen{0, 150, 0}, kOrange{235, 120, 0}, kRed{220, 0, 0}, kBlue{0, 80, 230}, kPale{150, 170, 230};

// One of a few colours that are told apart easily; equal for equal index.
Colour palette(int index);

struct Canvas {
    cv::Mat rgb;       // CV_8UC3
    double scale = 1;  // canvas pixels per pixel of the picture it was made from
    int line_px = 1;   // width of a line
};

// The size of canvas for a picture, as pixels per pixel of the picture: large ones are shrunk, tiny ones enlarged.
double canvas_scale(cv::Size picture);

// picture: CV_8UC1 or CV_8UC3. `fade` from 0 (as it is) to 1 (white), so that what is drawn on it stands out.
Canvas canvas_of(const cv::Mat& picture, double fade = 0);
Canvas canvas_of(const cv::Mat& picture, double fade, double scale);

// Boxes and points are in pixels of the picture. `grow_px`: canvas pixels by which the box is drawn larger.
void draw_box(Canvas& canvas, const cv::Rect& box, const Colour& colour, int grow_px = 0);
void draw_line(Canvas& canvas, const cv::Point2d& from, const cv::Point2d& to, const Colour& colour);

enum class Side { above, below, left };
// Text beside a box, `height_px` canvas pixels high, with an outline.
void draw_text(Canvas& canvas, const std::string& text, const cv::Rect& box, Side side, double height_px,
               const Colour& colour);

// Plain text with its lower left corner at a canvas pixel.
void put_text(cv::Mat& rgb, const std::string& text, const cv::Point& at, double height_px, const Colour& colour,
              int thickness = 1);

}  // namespace chiffre
