// polarity.cpp -- is the ink darker or lighter than its paper?
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "blocks.h"

namespace chiffre {
namespace {

double env(const char* n, double d) { const char* v = std::getenv(n); return v ? std::stod(v) : d; }

constexpr double kWindows[] = {0.1, 0.3};  // of the shorter side: thin strokes, thick strokes
constexpr double kStep = 2;  // power of the share of a window's contrast that strokes make
constexpr double kWeakVote = 0.35;         // of 2: a weaker vote comes from a mixed picture
constexpr double kLeastSheet = 0.08;       // of the picture's area
constexpr double kMostSheet = 0.85;        // of the picture's area: a larger one is the page
constexpr double kTableLight = 0.5;        // of the sheet's light: what lies beside it is darker than that
constexpr double kSolidSheet = 0.8;        // of its convex hull: four-sided, at any slant

// Ink covers less of its neighbourhood than paper does: where there is contrast, the local mean lies nearer to the
// paper. Noise pulls to neither side. An edge between two surfaces (table, shadow) is no stroke: it survives an opening
// and a closing, and counts by the share of the contrast that does not. Only windows around `where` vote.
double vote(const Blocks& blocks, double shorter, const cv::Mat& where) {
    double vote = 0;
    for (const double share : kWindows) {
        const int window = odd(share * shorter);
        const cv::Mat element = square(window);
        cv::Mat low, high, mean, opened, closed, strokes;
        cv::erode(blocks.darkest, low, element);
        cv::dilate(blocks.lightest, high, element);
        cv::dilate(low, opened, element);
        cv::erode(high, closed, element);
        cv::blur(blocks.mean, mean, {window, window});
        const cv::Mat contrast = high - low;
        strokes = closed - opened;
        cv::dilate(strokes, strokes, element);
        cv::divide(cv::max(strokes, 0.0), contrast + 1, strokes);
        cv::pow(strokes, env("POW", kStep), strokes);
        if (!where.empty()) {
            cv::Mat inside;
            cv::erode(where, inside, element, {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(255));
            strokes.setTo(0, inside == 0);
        }
        const cv::Mat weight = contrast.mul(strokes);
        vote += weight.dot(2 * mean - low - high) / (contrast.dot(weight) + 1);
    }
    return vote;
}

}  // namespace

// A bright sheet on something dark: CV_8U, 255 within it, or empty where the picture holds none.
cv::Mat bright_sheet(const Blocks& blocks) {
    cv::Mat grey, bright;
    blocks.mean.convertTo(grey, CV_8U);
    cv::threshold(grey, bright, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU);
    std::vector<std::vector<cv::Point>> outlines;
    cv::findContours(bright, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
    if (outlines.empty()) return {};
    const auto largest = std::max_element(outlines.begin(), outlines.end(), [](const auto& a, const auto& b) {
        return cv::contourArea(a) < cv::contourArea(b);
    });
    std::vector<cv::Point> hull;
    cv::convexHull(*largest, hull);
    const double area = cv::contourArea(*largest), total = static_cast<double>(grey.total());
    if (area < kLeastSheet * total || area > kMostSheet * total || area < kSolidSheet * cv::contourArea(hull)) return {};
    cv::Mat sheet = cv::Mat::zeros(grey.size(), CV_8U);
    cv::drawContours(sheet, std::vector<std::vector<cv::Point>>{*largest}, 0, cv::Scalar(255), cv::FILLED);
    const double light = cv::mean(blocks.mean, sheet)[0], beside = cv::mean(blocks.mean, sheet == 0)[0];
    if (beside >= kTableLight * light) return {};
    // What lies beside a shadow's or a page's single edge is convex; a table goes round a corner of its sheet.
    std::vector<cv::Point> table;
    cv::findNonZero(sheet == 0, table);
    if (table.empty()) return {};
    cv::convexHull(table, hull);
    cv::Mat around = cv::Mat::zeros(grey.size(), CV_8U);
    cv::fillConvexPoly(around, hull, cv::Scalar(255));
    const double share = cv::countNonZero(around & sheet) / area;
    if (std::getenv("SAY")) fprintf(stderr, "strong area %.3f light %.3f around %.3f\n", area / total, beside / light, share);
    return share >= env("ARO", .2) ? sheet : cv::Mat();
}

bool is_light_on_dark(const Blocks& blocks, const cv::Mat& sheet) {
    const double shorter = std::min(blocks.mean.cols, blocks.mean.rows);
    const double whole = vote(blocks, shorter, {});
    const bool say = std::getenv("SAY");
    if (std::abs(whole) > env("WEAK", kWeakVote)) { if (say) fprintf(stderr, "old %.3f\n", whole); return whole < 0;}
    if (sheet.empty()) { if (say) fprintf(stderr, "nosheet old %.3f\n", whole); return whole < 0;}
    const double inside = vote(blocks, std::sqrt(cv::countNonZero(sheet)), sheet);
    if (say) fprintf(stderr, "old %.3f sheet %.3f %.3f\n", whole, cv::countNonZero(sheet)/double(sheet.total()), inside);
    return inside == 0 ? whole < 0 : inside < 0;
}

}  // namespace chiffre
