// canvas.cpp -- drawing by OpenCV's imgproc.
#include "report/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace chiffre {

static constexpr double kLongest_px =
    1800;  // of a canvas: fills a screen, and its PNG is written in a fraction of a second
static constexpr double kShortest_px = 800;   // a smaller picture is enlarged by whole factors up to about this
static constexpr double kLineEvery_px = 900;  // a line is one pixel wide per so many pixels of canvas

static constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
static constexpr double kFontHeight_px = 22;  // of its figures at scale 1

Colour palette(int index) {
    static const std::array<Colour, 8> colours{{{220, 0, 0},
                                                {0, 130, 0},
                                                {0, 80, 230},
                                                {200, 0, 200},
                                                {200, 120, 0},
                                                {0, 150, 160},
                                                {120, 70, 20},
                                                {100, 0, 200}}};
    return colours[static_cast<std::size_t>(index) % colours.size()];
}

double canvas_scale(cv::Size picture) {
    const double longer = std::max({picture.width, picture.height, 1});
    if (longer > kLongest_px) return kLongest_px / longer;
    return std::max(1.0, std::floor(kShortest_px / longer));
}

Canvas canvas_of(const cv::Mat& picture, double fade) {
    return canvas_of(picture, fade, canvas_scale(picture.size()));
}

Canvas canvas_of(const cv::Mat& picture, double fade, double scale) {
    Canvas canvas;
    canvas.scale = scale;
    // A strip of one pixel's height must not vanish.
    const cv::Size size(std::max(1, static_cast<int>(picture.cols * canvas.scale)),
                        std::max(1, static_cast<int>(picture.rows * canvas.scale)));
    cv::resize(picture, canvas.rgb, size, 0, 0, canvas.scale < 1 ? cv::INTER_AREA : cv::INTER_NEAREST);
    if (canvas.rgb.channels() == 1) cv::cvtColor(canvas.rgb, canvas.rgb, cv::COLOR_GRAY2RGB);
    if (fade > 0) canvas.rgb.convertTo(canvas.rgb, -1, 1 - fade, 255 * fade);
    canvas.line_px = std::max(1, static_cast<int>(std::lround(std::max(size.width, size.height) / kLineEvery_px)));
    return canvas;
}

static cv::Point on_canvas(const Canvas& canvas, const cv::Point2d& point) {
    return {static_cast<int>(std::lround(point.x * canvas.scale)),
            static_cast<int>(std::lround(point.y * canvas.scale))};
}

void draw_box(Canvas& canvas, const cv::Rect& box, const Colour& colour, int grow_px) {
    const cv::Point grow(grow_px, grow_px);
    cv::rectangle(canvas.rgb, on_canvas(canvas, box.tl()) - grow, on_canvas(canvas, box.br()) + grow, colour,
                  canvas.line_px);
}

void draw_line(Canvas& canvas, const cv::Point2d& from, const cv::Point2d& to, const Colour& colour) {
    cv::line(canvas.rgb, on_canvas(canvas, from), on_canvas(canvas, to), colour, canvas.line_px, cv::LINE_AA);
}

void put_text(cv::Mat& rgb, const std::string& text, const cv::Point& at, double height_px, const Colour& colour,
              int thickness) {
    cv::putText(rgb, text, at, kFont, height_px / kFontHeight_px, colour, thickness, cv::LINE_AA);
}

void draw_text(Canvas& canvas, const std::string& text, const cv::Rect& box, Side side, double height_px,
               const Colour& colour) {
    const int thickness = std::max(1, static_cast<int>(height_px / 10));
    const int gap = 2 * canvas.line_px + 2;
    const cv::Size size = cv::getTextSize(text, kFont, height_px / kFontHeight_px, thickness, nullptr);
    const cv::Point corner = on_canvas(canvas, box.tl()), end = on_canvas(canvas, box.br());
    const int middle = (corner.x + end.x - size.width) / 2;
    cv::Point at(middle, corner.y - gap);
    if (side == Side::below) at = {middle, end.y + size.height + gap};
    if (side == Side::left) at = {corner.x - size.width - gap, (corner.y + end.y + size.height) / 2};
    at.x = std::clamp(at.x, 0, std::max(0, canvas.rgb.cols - size.width));
    at.y = std::clamp(at.y, size.height, std::max(size.height, canvas.rgb.rows - 1));
    put_text(canvas.rgb, text, at, height_px, Colour(255, 255, 255), thickness + 3);
    put_text(canvas.rgb, text, at, height_px, colour, thickness);
}

}  // namespace chiffre
