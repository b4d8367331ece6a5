// polarity.cpp -- what lies on what: a sheet on a table, dark ink on light paper or light ink on dark. Ink is told from
// paper by covering less of the neighbourhood; a picture in which that does not tell is a mixed one, and there its
// sheet is asked alone.
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "blocks.h"

namespace chiffre {
namespace {

constexpr double kWindows[] = {0.1, 0.3};  // of the shorter side: thin strokes, thick strokes
constexpr int kWideWindow = 24;            // blocks: of a wider one every second block will do
constexpr double kWeakVote = 0.35;         // of 2 (all windows agree in full): weaker comes from a mixed picture
constexpr double kLeastSheet = 0.08;       // of the picture's area
constexpr double kLeastPanel = 0.02;       // of the picture's area: a display may be a small part of its photo
constexpr double kLeastPatch = 0.007;      // of the picture's area: a smaller one may be a loop of grainy chalk
constexpr double kAround = 0.6;            // of the shorter side: what a patch is darker than lies so near
constexpr double kOwnTone = 0.7;           // of a patch is darker than what is around it
constexpr double kLeastMarks = 0.003;      // of its area is covered by its marks: a 1 on a display for eight digits
constexpr double kMostMarks = 0.45;        // as much as close writing covers, in blocks
constexpr double kBare = 2.4;  // times as thick as few marks is its bare ground; in loops of digits it is up to 2 times
constexpr int kManyMarks = 4;  // no digit has as many holes: they tell a patch where ...
constexpr int kFewBlocks = 3;  // ... half of a mark is too few blocks wide to be compared
constexpr double kPanelRim = 0.2;    // of the panel's side, both rims together
constexpr double kLit = 1.4;         // times the panel's light: a digit on it
constexpr double kLeastLit = 0.01;   // of the panel's area
constexpr double kMostSheet = 0.85;  // of the picture's area: a larger one is the page
constexpr double kSolidSheet = 0.8;  // of its convex hull: a sheet at any slant
constexpr double kTableLight = 0.5;  // of the sheet's light: what lies beside it is no lighter
constexpr double kRim = 0.7;         // of the light within: at the rim it falls below that, within two blocks
constexpr double kSharpRim = 0.8;    // of the rim: so much of it is an edge, no falling off of the light
constexpr double kTableEdge = 0.15;  // of the picture's edge: the table meets as much of it, digits cut close less
constexpr double kDarkEdge = 0.7;    // of the lightest block: a table is darker there, with room for its lighter places
constexpr int kShades = 2;           // shadows of different depth on one sheet
constexpr double kFlawless = 0.95;   // quality of a sheet that no shadow cuts: what is darker is none of it
constexpr int kShade = 5;            // blocks: a narrower stretch of medium light is no shadow on the sheet
constexpr double kEnclosed = 0.2;    // of the sheet: so much of it lies within the table's convex hull

// What a window's vote needs of the picture. Whole numbers: as bytes they cost a quarter.
struct Extremes {
    cv::Mat darkest, lightest;  // CV_8U
    cv::Mat mean;               // CV_32F
    cv::Mat where;              // CV_8U; empty: everywhere
};

// At half the size: a wide window sees the same.
Extremes halved(const Extremes& all) {
    const cv::Size half((all.mean.cols + 1) / 2, (all.mean.rows + 1) / 2);
    const auto every_second = [&](cv::Mat values) {
        cv::Mat few;
        cv::resize(values, few, half, 0, 0, cv::INTER_NEAREST);
        return few;
    };
    const cv::Mat pair = square(2);
    cv::Mat low, high, mean;
    cv::erode(all.darkest, low, pair, {0, 0});
    cv::dilate(all.lightest, high, pair, {0, 0});
    cv::resize(all.mean, mean, half, 0, 0, cv::INTER_AREA);
    return {every_second(low), every_second(high), mean, all.where.empty() ? cv::Mat() : every_second(all.where)};
}

double vote(const Extremes& all, int window) {
    const cv::Mat element = square(window);
    cv::Mat low, high, mean, opened, closed, strokes;
    cv::erode(all.darkest, low, element);
    cv::dilate(all.lightest, high, element);
    cv::dilate(low, opened, element);
    cv::erode(high, closed, element);
    cv::blur(all.mean, mean, {window, window});
    strokes = closed - opened;  // 0 where negative
    cv::dilate(strokes, strokes, element);
    for (cv::Mat* bytes : {&low, &high, &strokes}) bytes->convertTo(*bytes, CV_32F);
    const cv::Mat contrast = high - low;
    cv::divide(strokes, contrast + 1, strokes);
    strokes = strokes.mul(strokes);
    if (!all.where.empty()) {
        cv::Mat inside;
        cv::erode(all.where, inside, element, {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(255));
        strokes.setTo(0, inside == 0);
    }
    const cv::Mat weight = contrast.mul(strokes);
    return weight.dot(2 * mean - low - high) / (contrast.dot(weight) + 1);
}

// Ink covers less of its neighbourhood than paper does: where there is contrast, the local mean lies nearer to the
// paper. Noise pulls to neither side. An edge between two surfaces (table, shadow) is no stroke: it survives an opening
// and a closing, and counts by the share of the contrast that does not. Only windows around `where` vote.
double vote(const Blocks& blocks, double shorter, const cv::Mat& where) {
    // What a window around `where` sees of windows that see it, by the widest.
    cv::Rect near({0, 0}, blocks.mean.size());
    if (!where.empty()) {
        const int reach = 2 * odd(kWindows[1] * shorter);
        const cv::Rect box = cv::boundingRect(where);
        near &=
            cv::Rect((box.x - reach) & ~1, (box.y - reach) & ~1, box.width + 2 * reach + 2, box.height + 2 * reach + 2);
    }
    Extremes all{{}, {}, blocks.mean(near), where.empty() ? cv::Mat() : where(near)};
    blocks.darkest(near).convertTo(all.darkest, CV_8U);
    blocks.lightest(near).convertTo(all.lightest, CV_8U);
    double sum = 0;
    for (const double share : kWindows) {
        const int window = odd(share * shorter);
        sum += window < kWideWindow ? vote(all, window) : vote(halved(all), odd(0.5 * window));
    }
    return sum;
}

// The share of the rim within the picture at which the light falls at once: within two blocks of it.
double sharp_share(const cv::Mat& mean, const std::vector<cv::Point>& rim) {
    constexpr int kNear = 2;
    int sharp = 0, all = 0;
    for (const cv::Point& at : rim) {
        if (at.x < kNear || at.y < kNear || at.x >= mean.cols - kNear || at.y >= mean.rows - kNear) continue;
        float low = mean.at<float>(at), high = low;
        for (int y = at.y - kNear; y <= at.y + kNear; ++y) {
            const float* row = mean.ptr<float>(y) + at.x;
            for (int x = -kNear; x <= kNear; ++x) low = std::min(low, row[x]), high = std::max(high, row[x]);
        }
        sharp += low < kRim * high;
        ++all;
    }
    return all == 0 ? 0 : static_cast<double>(sharp) / all;
}

// The convex hull of all that is set, filled. Only the outermost of each row can be on it.
cv::Mat filled_hull(const cv::Mat& mask) {
    std::vector<cv::Point> places, hull;
    for (int y = 0; y < mask.rows; ++y) {
        const std::uint8_t *row = mask.ptr(y), *end = row + mask.cols;
        const auto is_set = [](std::uint8_t value) { return value != 0; };
        const auto* first = std::find_if(row, end, is_set);
        if (first == end) continue;
        const auto* last = end - 1;
        while (*last == 0) --last;
        places.emplace_back(static_cast<int>(first - row), y);
        places.emplace_back(static_cast<int>(last - row), y);
    }
    cv::Mat filled = cv::Mat::zeros(mask.size(), CV_8U);
    if (places.empty()) return filled;
    cv::convexHull(places, hull);
    cv::fillConvexPoly(filled, hull, cv::Scalar(255));
    return filled;
}

struct Sheet {
    cv::Mat mask;        // empty where there is none
    double quality = 0;  // 1: convex, all of its rim sharp
};

// The largest of the regions, where it is a sheet or a panel: solid, with a sharp rim, and beside it all is much darker
// (or lighter, where the regions are dark).
Sheet sheet_of(const Blocks& blocks, const cv::Mat& regions, double least_share, bool dark) {
    std::vector<std::vector<cv::Point>> outlines;
    cv::findContours(regions, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
    if (outlines.empty()) return {};
    const auto largest = std::max_element(outlines.begin(), outlines.end(), [](const auto& a, const auto& b) {
        return cv::contourArea(a) < cv::contourArea(b);
    });
    std::vector<cv::Point> hull;
    cv::convexHull(*largest, hull);
    const double area = cv::contourArea(*largest), total = static_cast<double>(regions.total());
    const double solid = area / std::max(cv::contourArea(hull), 1.0);
    if (area < least_share * total || (dark && area > kMostSheet * total) || solid < kSolidSheet) return {};

    const double sharp = sharp_share(blocks.mean, *largest);
    if (sharp < kSharpRim) return {};

    cv::Mat sheet = cv::Mat::zeros(regions.size(), CV_8U);
    cv::drawContours(sheet, std::vector<std::vector<cv::Point>>{*largest}, 0, cv::Scalar(255), cv::FILLED);
    const cv::Mat table = sheet == 0;
    const double within = cv::mean(blocks.mean, sheet)[0], beside = cv::mean(blocks.mean, table)[0];
    if (dark ? within >= kTableLight * beside : beside >= kTableLight * within) return {};

    const int met = cv::countNonZero(table.row(0)) + cv::countNonZero(table.row(table.rows - 1)) +
                    cv::countNonZero(table.col(0)) + cv::countNonZero(table.col(table.cols - 1));
    if (met < kTableEdge * 2 * (table.rows + table.cols)) return {};

    // A shadow has one edge, and what lies beyond it is convex; a table goes round a corner of its sheet.
    if (cv::countNonZero(filled_hull(table) & sheet) < kEnclosed * area) return {};
    return {sheet, solid * sharp};
}

// What parts the values up to `light` in two.
double otsu_below(const cv::Mat& grey, double light) {
    cv::Mat dark, unused;
    for (int y = 0; y < grey.rows; ++y)
        for (int x = 0; x < grey.cols; ++x)
            if (grey.at<std::uint8_t>(y, x) <= light) dark.push_back(grey.at<std::uint8_t>(y, x));
    return dark.empty() ? light : cv::threshold(dark, unused, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU);
}

// Away from the panel's rim, which may be soft, something is much lighter than it is: a shadow holds nothing of the
// kind.
bool holds_light(const Blocks& blocks, const cv::Mat& panel) {
    cv::Mat inner;
    cv::erode(panel, inner, square(odd(kPanelRim * std::sqrt(cv::countNonZero(panel)))), {-1, -1}, 1,
              cv::BORDER_CONSTANT, cv::Scalar(255));
    const int area = cv::countNonZero(inner);
    if (area == 0) return false;
    const cv::Mat light = blocks.lightest > kLit * cv::mean(blocks.mean, inner)[0];
    return cv::countNonZero(light & inner) > kLeastLit * area;
}

bool touches_edge(const cv::Mat& region) {
    return cv::countNonZero(region.row(0)) + cv::countNonZero(region.row(region.rows - 1)) +
               cv::countNonZero(region.col(0)) + cv::countNonZero(region.col(region.cols - 1)) >
           0;
}

// There is dark writing beside the panel: it is a label on a page.
bool is_on_a_page(const Blocks& blocks, const cv::Mat& panel) {
    const int shorter = std::min(panel.cols, panel.rows);
    cv::Mat beside, paper;
    cv::dilate(panel, beside, square(kShade));
    beside = ~beside;
    cv::morphologyEx(blocks.mean, paper, cv::MORPH_CLOSE, square(odd(kWindows[0] * shorter)));
    const cv::Mat marks = (blocks.darkest < kRim * paper) & beside;
    if (cv::countNonZero(marks) < kLeastMarks * cv::countNonZero(beside)) return false;
    return vote(blocks, shorter, beside) > kWeakVote;
}

double thickest(const cv::Mat& region) {
    cv::Mat distance;
    double most = 0;
    cv::distanceTransform(region, distance, cv::DIST_C, 3);
    cv::minMaxLoc(distance, nullptr, &most);
    return most;
}

// Whether there are marks on the patch, lighter or darker than it, that are thin beside its bare ground. The loop of a
// digit fences in what is as light as what is around it, or a hole as thick as the stroke.
bool holds_marks(const Blocks& blocks, const Patch& patch, const cv::Mat& dark) {
    const cv::Mat ground = patch.region & dark;
    const double area = cv::countNonZero(patch.region);
    if (cv::countNonZero(ground) < kOwnTone * area) return false;
    const double tone = cv::mean(blocks.mean, ground)[0];
    cv::Mat inner;
    cv::erode(patch.region, inner, square(3), {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(255));
    const cv::Mat marks = inner & (patch.light_on_dark ? blocks.lightest > kLit * tone : blocks.darkest < tone / kLit);
    const double inked = cv::countNonZero(marks);
    if (inked < kLeastMarks * area || inked > kMostMarks * area) return false;
    const double thick = thickest(marks);
    if (thickest(patch.region & ~marks) >= kBare * thick) return true;
    cv::Mat labels;
    return thick <= kFewBlocks && cv::connectedComponents(marks, labels) - 1 >= kManyMarks;
}

// The patch within this outline of what is dark; its region is empty where there is none.
Patch patch_of(const Blocks& blocks, const std::vector<cv::Point>& outline, const cv::Mat& dark) {
    const double area = cv::contourArea(outline), total = static_cast<double>(dark.total());
    if (area < kLeastPatch * total || area > kMostSheet * total) return {};
    std::vector<cv::Point> hull;
    cv::convexHull(outline, hull);
    if (area < kSolidSheet * cv::contourArea(hull) || sharp_share(blocks.mean, outline) < kSharpRim) return {};
    Patch patch{cv::Mat::zeros(dark.size(), CV_8U), false};
    cv::drawContours(patch.region, std::vector<std::vector<cv::Point>>{outline}, 0, cv::Scalar(255), cv::FILLED);
    const double inside = vote(blocks, std::sqrt(area), patch.region);
    patch.light_on_dark = inside < 0;
    return std::abs(inside) >= kWeakVote && holds_marks(blocks, patch, dark) ? patch : Patch{};
}

// A table is dark and meets the picture's edge: where the edge is light, nobody need look for a sheet.
bool has_dark_edge(const cv::Mat& mean) {
    double most = 0;
    cv::minMaxLoc(mean, nullptr, &most);
    int dark = 0;
    for (const cv::Mat& side : {mean.row(0), mean.row(mean.rows - 1), mean.col(0), mean.col(mean.cols - 1)})
        dark += cv::countNonZero(side < kDarkEdge * most);
    return dark >= kTableEdge * 2 * (mean.rows + mean.cols);
}

}  // namespace

std::vector<Patch> find_patches(const Blocks& blocks) {
    cv::Mat grey, dark, around;
    blocks.mean.convertTo(grey, CV_8U);
    const double light = cv::threshold(grey, dark, 0, 255, cv::THRESH_BINARY_INV | cv::THRESH_OTSU);
    cv::morphologyEx(grey, around, cv::MORPH_CLOSE, square(odd(kAround * std::min(grey.rows, grey.cols))));
    around.convertTo(around, CV_32F, kRim);
    const cv::Mat darkest = grey <= otsu_below(grey, light), darker = blocks.mean < around;
    std::vector<Patch> patches;
    cv::Mat taken = cv::Mat::zeros(grey.size(), CV_8U);
    for (const cv::Mat& regions : {dark, darkest, darker}) {
        std::vector<std::vector<cv::Point>> outlines;
        cv::findContours(regions, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
        for (const std::vector<cv::Point>& outline : outlines) {
            Patch patch = patch_of(blocks, outline, regions);
            if (patch.region.empty() || cv::countNonZero(patch.region & taken) > 0) continue;
            taken |= patch.region;
            patches.push_back(std::move(patch));
        }
    }
    return patches;
}

cv::Mat bright_sheet(const Blocks& blocks) {
    if (!has_dark_edge(blocks.mean)) return {};
    cv::Mat grey, bright;
    blocks.mean.convertTo(grey, CV_8U);
    const double light = cv::threshold(grey, bright, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU);
    // A part of the sheet may lie in a shadow, as much darker than the rest as the table is darker than it, and a part
    // of that in another one. Of what is lighter than each of these the best sheet counts: one that a shadow cuts off
    // has a dent or a soft rim there.
    const double most = kMostSheet * static_cast<double>(grey.total());
    Sheet best;
    double least = light;
    bool is_table = true;  // what is darker than the first shade
    for (int shade = 0; shade < kShades; ++shade) {
        least = otsu_below(grey, least);
        cv::Mat shaded = (grey > least) & ~bright;
        cv::morphologyEx(shaded, shaded, cv::MORPH_OPEN, square(kShade));  // less the grain of the table
        shaded |= bright;
        if (shade == 0) is_table = cv::countNonZero(shaded) <= most;
        const Sheet whole = sheet_of(blocks, shaded, kLeastSheet, false);
        if (whole.quality > best.quality && best.quality < kFlawless) best = whole;
    }
    // The shaded part may be as dark as the table. Where it dents what is bright it lies on the sheet, which is convex.
    if (is_table)
        if (const Sheet part = sheet_of(blocks, bright, kLeastSheet, false); part.quality > best.quality)
            best = {filled_hull(part.mask), part.quality};
    return best.mask.empty() || cv::countNonZero(best.mask) > most ? cv::Mat() : best.mask;
}

// A small one that touches the picture's edge may be anything: scenery, a table.
cv::Mat dark_panel(const Blocks& blocks) {
    cv::Mat grey, dark;
    blocks.mean.convertTo(grey, CV_8U);
    const double light = cv::threshold(grey, dark, 0, 255, cv::THRESH_BINARY_INV | cv::THRESH_OTSU);
    // A shadow beside it may be nearer to it than to the light.
    const cv::Mat darkest = grey <= otsu_below(grey, light);
    for (const cv::Mat& regions : {dark, darkest}) {
        const cv::Mat panel = sheet_of(blocks, regions, kLeastPanel, true).mask;
        if (panel.empty()) continue;
        const int area = cv::countNonZero(panel);
        if (touches_edge(panel) && area < kLeastSheet * static_cast<double>(panel.total())) continue;
        if (holds_light(blocks, panel) && vote(blocks, std::sqrt(area), panel) < -kWeakVote)
            return is_on_a_page(blocks, panel) ? cv::Mat() : panel;
    }
    return {};
}

bool is_light_on_dark(const Blocks& blocks, const cv::Mat& sheet) {
    const double whole = vote(blocks, std::min(blocks.mean.cols, blocks.mean.rows), {});
    if (std::abs(whole) > kWeakVote || sheet.empty()) return whole < 0;
    const double inside = vote(blocks, std::sqrt(cv::countNonZero(sheet)), sheet);
    return inside == 0 ? whole < 0 : inside < 0;
}

}  // namespace chiffre
