// annotate.cpp -- boxes, digits and confidences for people to check at a glance.
#include "report/annotate.h"

#include <algorithm>
#include <cmath>

#include "report/canvas.h"

namespace chiffre {

static constexpr float kSure = 0.95f, kLikely = 0.7f;  // a digit is drawn green, orange, else red

static Colour colour_of(const Digit& digit) {
    if (digit.digit == '?') return kRed;
    return digit.confidence >= kSure ? kGreen : digit.confidence >= kLikely ? kOrange : kRed;
}

static cv::Rect in_working_pixels(const Box& box, const Photo& photo) {
    const auto working = [&](int px) { return static_cast<int>(px / photo.reduction); };
    return {working(box.x - photo.left), working(box.y - photo.top), std::max(1, working(box.w)),
            std::max(1, working(box.h))};
}

cv::Mat annotated_thumbnail(const Photo& photo, const Reading& reading, int longest_px) {
    const double scale =
        std::min(1.0, static_cast<double>(longest_px) / std::max({photo.grey.cols, photo.grey.rows, 1}));
    Canvas canvas = canvas_of(photo.grey, 0.15, scale);
    for (const Row& row : reading.rows)
        for (const Digit& digit : row.digits) {
            const cv::Rect box = in_working_pixels(digit.box, photo);
            draw_box(canvas, box, colour_of(digit), 1);
            draw_text(canvas, std::string(1, digit.digit), box, Side::above,
                      std::clamp(box.height * canvas.scale * 0.6, 8.0, 24.0), colour_of(digit));
        }
    return canvas.rgb;
}

cv::Mat annotate(const Photo& photo, const Reading& reading) {
    Canvas canvas = canvas_of(photo.grey, 0.25);
    for (const Row& row : reading.rows)
        for (const Digit& digit : row.digits) {
            const cv::Rect box = in_working_pixels(digit.box, photo);
            const Colour colour = colour_of(digit);
            // Letters as high as half the digit, and percentages that fit under it, but never illegible nor shouting.
            const double letter_px = std::clamp(box.height * canvas.scale * 0.5, 14.0, 48.0);
            draw_box(canvas, box, colour);
            draw_text(canvas, std::string(1, digit.digit), box, Side::above, letter_px, colour);
            draw_text(canvas, std::to_string(std::lround(100 * digit.confidence)), box, Side::below,
                      std::clamp(letter_px * 0.5, 9.0, 16.0), colour);
        }
    return canvas.rgb;
}

}  // namespace chiffre
