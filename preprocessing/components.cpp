// components.cpp -- what is measured here needs the component alone, not the page.
#include "components.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace chiffre {

std::vector<Component> components(const cv::Mat& mask, cv::Mat& labels) {
    cv::Mat stats, centroids;
    const int count = cv::connectedComponentsWithStats(mask, labels, stats, centroids, 8, CV_32S, cv::CCL_GRANA);
    std::vector<Component> found;
    for (int i = 1; i < count; ++i) {
        const int* s = stats.ptr<int>(i);
        found.push_back({{s[cv::CC_STAT_LEFT], s[cv::CC_STAT_TOP], s[cv::CC_STAT_WIDTH], s[cv::CC_STAT_HEIGHT]},
                         s[cv::CC_STAT_AREA],
                         i});
    }
    return found;
}

double stroke_px(const Component& c, const cv::Mat& labels) {
    // Each side of a pixel of ink that borders on no ink is one of the outline.
    int outline = 0, area = 0;
    for (int y = c.box.y; y < c.box.br().y; ++y) {
        const int* row = labels.ptr<int>(y);
        const int* above = y > c.box.y ? labels.ptr<int>(y - 1) : nullptr;
        bool left = false;
        for (int x = c.box.x; x < c.box.br().x; ++x) {
            const bool ink = row[x] == c.label, over = above && above[x] == c.label;
            outline += (ink != left) + (ink != over);
            area += ink;
            left = ink;
        }
        outline += left;
    }
    const int* foot = labels.ptr<int>(c.box.br().y - 1);
    for (int x = c.box.x; x < c.box.br().x; ++x) outline += foot[x] == c.label;
    return 2.0 * area / std::max(1, outline);
}

double fill(const Component& c) {
    return static_cast<double>(c.area) / c.box.area();
}

bool touches_border(const cv::Rect& box, cv::Size size) {
    return box.x <= 0 || box.y <= 0 || box.br().x >= size.width || box.br().y >= size.height;
}

}  // namespace chiffre
