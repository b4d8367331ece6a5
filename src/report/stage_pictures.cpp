// stage_pictures.cpp -- the pictures of the stages that work on the photo; contact_sheet.cpp has those of the tiles.
#include "report/stage_pictures.h"

#include <opencv2/imgproc.hpp>
#include <unordered_map>

#include "report/canvas.h"

namespace chiffre {

static constexpr double kFade = 0.6;  // of the photo under the drawings

cv::Mat decode_picture(const Trace& trace) {
    cv::Mat grey;
    cv::cvtColor(canvas_of(trace.photo.grey).rgb, grey, cv::COLOR_RGB2GRAY);
    return grey;
}

cv::Mat binarize_picture(const Trace& trace) {
    const cv::Mat strength = canvas_of(trace.ink.strength).rgb, mask = canvas_of(trace.ink.mask).rgb;
    cv::Mat both;
    if (strength.cols > strength.rows)
        cv::vconcat(strength, mask, both);
    else
        cv::hconcat(strength, mask, both);
    return both;
}

// The photo, faded, with the ink of every mark, or piece of one, in a colour of its own.
static Canvas coloured_marks(const Trace& trace) {
    std::unordered_map<int, cv::Vec3b> colour_of_label;
    for (int id = 0; id < static_cast<int>(trace.marks.marks.size() + trace.marks.pieces.size()); ++id) {
        const Colour colour = palette(id);
        colour_of_label[trace.marks.at(id).label] =
            cv::Vec3b(cv::saturate_cast<uchar>(colour[0]), cv::saturate_cast<uchar>(colour[1]),
                      cv::saturate_cast<uchar>(colour[2]));
    }
    cv::Mat rgb;
    cv::cvtColor(trace.photo.grey, rgb, cv::COLOR_GRAY2RGB);
    rgb.convertTo(rgb, -1, 1 - kFade, 255 * kFade);
    for (int y = 0; y < rgb.rows; ++y)
        for (int x = 0; x < rgb.cols; ++x) {
            const int label = trace.marks.labels.at<int>(y, x);
            if (label == 0) continue;
            if (const auto found = colour_of_label.find(label); found != colour_of_label.end())
                rgb.at<cv::Vec3b>(y, x) = found->second;
        }
    return canvas_of(rgb);
}

cv::Mat segment_picture(const Trace& trace) {
    Canvas canvas = coloured_marks(trace);
    for (const cv::Rect& box : trace.marks.dropped) draw_box(canvas, box, kRed);
    for (const Mark& mark : trace.marks.marks) draw_box(canvas, mark.box, kGreen, canvas.line_px);
    return canvas.rgb;
}

// The line along the row through the mean of its marks' centres.
static void draw_row_line(Canvas& canvas, const Trace& trace, const MarkRow& row, const Colour& colour) {
    cv::Point2d mean(0, 0);
    for (const int mark : row.marks) {
        const cv::Rect& box = trace.marks.at(mark).box;
        mean += cv::Point2d(box.x + box.width / 2.0, box.y + box.height / 2.0);
    }
    mean /= static_cast<double>(row.marks.size());
    const auto at = [&](double x) { return cv::Point2d(x, mean.y + static_cast<double>(row.slope) * (x - mean.x)); };
    const cv::Rect& last = trace.marks.at(row.marks.back()).box;
    draw_line(canvas, at(trace.marks.at(row.marks.front()).box.x), at(last.x + last.width), colour);
}

static void draw_row(Canvas& canvas, const Trace& trace, int index) {
    const MarkRow& row = trace.rows[index];
    if (row.marks.empty()) return;
    const Colour colour = palette(index);
    constexpr double kNumber_px = 11, kRowNumber_px = 20;
    for (const Candidate& candidate : row.candidates)
        if (candidate.last - candidate.first > 1) draw_box(canvas, candidate.box, kPale, 2 * canvas.line_px);
    for (std::size_t i = 0; i < row.marks.size(); ++i) {
        const cv::Rect& box = trace.marks.at(row.marks[i]).box;
        draw_box(canvas, box, colour);
        draw_text(canvas, std::to_string(i), box, Side::below, kNumber_px, colour);
    }
    draw_row_line(canvas, trace, row, colour);
    draw_text(canvas, std::to_string(index) + ":", trace.marks.at(row.marks.front()).box, Side::left, kRowNumber_px,
              colour);
}

cv::Mat order_picture(const Trace& trace) {
    Canvas canvas = canvas_of(trace.photo.grey, kFade);
    for (std::size_t i = 0; i < trace.rows.size(); ++i) draw_row(canvas, trace, static_cast<int>(i));
    return canvas.rgb;
}

}  // namespace chiffre
