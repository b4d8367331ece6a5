// light_text.cpp -- which light marks are text: several of a height in a row, as a camera writes its date.
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <vector>

#include "blocks.h"

namespace chiffre {
namespace {

constexpr double kMargin = 0.25;     // of the picture's height: cameras write so near to an edge
constexpr double kHighest = 0.1;     // of the shorter side
constexpr int kLowest = 3;           // blocks, their rim included
constexpr double kSameHeight = 0.6;  // of the higher one: marks of a row; a dash and a colon are lower and count in it
constexpr double kGap = 1.6;         // heights between marks of a row
constexpr double kLong = 3.0;        // heights: a row is at least as long

bool is_beside(const cv::Rect& row, const cv::Rect& mark) {
    const int shared = std::min(row.br().y, mark.br().y) - std::max(row.y, mark.y);
    return 2 * shared > std::min(row.height, mark.height) && mark.height <= row.height / kSameHeight &&
           mark.x - row.br().x <= kGap * row.height;
}

}  // namespace

std::vector<cv::Rect> rows_of_light_marks(const cv::Mat& light) {
    const int shorter = std::min(light.cols, light.rows);
    cv::Mat labels, stats, centres;
    const int count = cv::connectedComponentsWithStats(light, labels, stats, centres);
    std::vector<cv::Rect> marks, rows;
    for (int i = 1; i < count; ++i) {
        const cv::Rect box(stats.at<int>(i, cv::CC_STAT_LEFT), stats.at<int>(i, cv::CC_STAT_TOP),
                           stats.at<int>(i, cv::CC_STAT_WIDTH), stats.at<int>(i, cv::CC_STAT_HEIGHT));
        const double to_edge = std::min(box.y, light.rows - box.br().y);
        if (box.height >= kLowest && box.height <= kHighest * shorter && to_edge <= kMargin * light.rows)
            marks.push_back(box);
    }
    std::sort(marks.begin(), marks.end(), [](const cv::Rect& a, const cv::Rect& b) { return a.x < b.x; });
    for (const cv::Rect& mark : marks) {
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const cv::Rect& r) { return is_beside(r, mark); });
        if (row == rows.end())
            rows.push_back(mark);
        else
            *row |= mark;
    }
    std::erase_if(rows, [](const cv::Rect& row) { return row.width < kLong * row.height; });
    return rows;
}

}  // namespace chiffre
