// join.cpp -- a dry pen or a worn stamp leaves gaps in a stroke; a display's segments have gaps by design. On both
// sides of such a gap a stroke ends, and its direction goes on across it. Neighbouring digits seldom face each other
// so, and then the joint mark is wide and is cut again.
#include "join.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include "components.h"
#include "pieces.h"

namespace chiffre {
namespace {

// Between two ends that lead to each other, the widest gap is so many strokes and so much of a digit's height, no more
// than their own.
constexpr double kGapStrokes = 1.3, kGapHeight = 0.16;
constexpr double kSideGap = 0.6;       // of that: between an end and the side of a stroke
constexpr double kTouchGap = 0.25;     // of that: between any two sides
constexpr double kLocal = 2.5;         // strokes: as much of a piece shows where it leads
constexpr double kStraightEnd = 0.3;   // lead (below) of an end: half where it is straight, this where it turns aside
constexpr double kEnd = 0.25;          // less: the side of a stroke
constexpr double kJointStroke = 2.5;   // times the thinner one's stroke: of a bolder piece it is no part
constexpr double kJointHeight = 1.6;   // of a digit's height, which broken pieces understate: the highest joint mark
constexpr double kJointWidth = 1.1;    // of its own height: the widest ...
constexpr double kFlatPart = 0.6;      // ... or, where it is lower than this much of a digit's height, of that
constexpr double kThin = 0.25;         // width to height: a straight stroke ...
constexpr double kLowOne = 0.7;        // ... lower than this much of a digit's height may be pieces of a line
constexpr double kWholeHeight = 0.75;  // of a digit's height: two pieces as high are two digits
constexpr double kLikeHeight = 0.65;   // so are two beside each other, of heights so much alike, that ...
constexpr double kBeside = 0.7;        // ... share so much of the lower one's height ...
constexpr double kApart = 0.2;         // ... and no more of the narrower one's width

// Segments of a display.
constexpr double kBarEnd = 0.4;     // lead of a bar's end towards one that continues it ...
constexpr double kMiddleGap = 2.2;  // ... of their width: then the gap of an unlit segment
constexpr double kCornerGap = 1.0;  // of their width: between any two segments of a digit

// Halves of a display's digits: one above the other, ...
constexpr double kHalfGap = 1.5;     // ... so many strokes apart, ...
constexpr double kHalfShared = 0.6;  // ... the narrower one's width shared so far; ...
constexpr double kHalfLeast = 0.5;   // ... lower marks are points and minus signs
constexpr double kHalves = 0.7;      // of the marks have another half: the page's digits fall into two
constexpr std::size_t kLeastHalves = 4;
// Where other marks outnumber them, two halves are known by whole digits beside them, ...
constexpr double kLevel = 0.12;      // ... whose top and bottom differ by so much of the height at most, ...
constexpr double kLevelReach = 4.0;  // ... so many heights away, ...
constexpr double kBroad = 0.4;       // ... and no bracket or 1: wider than this much of their height
constexpr int kLeastLevel = 2;       // of such digits and such pairs, one of them a digit

// Pixels at the rim of a mark.
using Outline = std::vector<cv::Point>;

Outline outline_of(const Mark& mark, const cv::Mat& labels) {
    Outline outline;
    for (int y = mark.box.y; y < mark.box.br().y; ++y) {
        const int* row = labels.ptr<int>(y);
        const int* above = y > 0 ? labels.ptr<int>(y - 1) : nullptr;
        const int* below = y + 1 < labels.rows ? labels.ptr<int>(y + 1) : nullptr;
        for (int x = mark.box.x; x < mark.box.br().x; ++x) {
            if (row[x] != mark.label) continue;
            const bool is_inside = above && below && x > 0 && x + 1 < labels.cols && above[x] == mark.label &&
                                   below[x] == mark.label && row[x - 1] == mark.label && row[x + 1] == mark.label;
            if (!is_inside) outline.emplace_back(x, y);
        }
    }
    return outline;
}

struct Gap {
    double width_px = 0;
    cv::Point2d from, to;
};

cv::Rect widened(const cv::Rect& box, int by) {
    return {box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by};
}

Outline near(const Outline& outline, const cv::Rect& box, int reach) {
    const cv::Rect wide = widened(box, reach);
    Outline result;
    std::copy_if(outline.begin(), outline.end(), std::back_inserter(result),
                 [&](const cv::Point& p) { return wide.contains(p); });
    return result;
}

cv::Point2d mean_near(const Outline& outline, cv::Point centre, double radius) {
    cv::Point2d sum;
    int count = 0;
    for (const cv::Point& p : outline)
        if (std::hypot(p.x - centre.x, p.y - centre.y) <= radius) {
            sum += cv::Point2d(p);
            ++count;
        }
    return count > 0 ? sum / count : cv::Point2d(centre);
}

// Where the two are nearest; none where they are farther apart than `reach`.
std::optional<Gap> gap_between(const Outline& a, const Outline& b, double reach, double stroke) {
    double least = (reach + 1) * (reach + 1);
    cv::Point p, q;
    bool found = false;
    for (const cv::Point& i : a)
        for (const cv::Point& j : b) {
            const double dx = i.x - j.x, dy = i.y - j.y, distance = dx * dx + dy * dy;
            if (distance >= least) continue;
            least = distance;
            p = i;
            q = j;
            found = true;
        }
    if (!found) return std::nullopt;
    // Two level ends are nearest at a corner: their middles tell the direction.
    return Gap{std::sqrt(least) - 1, mean_near(a, p, stroke), mean_near(b, q, stroke)};
}

// How far the ink lies behind `at`, seen from `to`, in parts of its extent there: half where a stroke ends.
double lead(const Mark& mark, const Piece& piece, const cv::Mat& labels, cv::Point2d at, cv::Point2d to) {
    if (is_dot(piece)) return 0;
    const double radius = kLocal * piece.stroke_px;
    const int r = static_cast<int>(std::ceil(radius));
    const cv::Rect around =
        cv::Rect(static_cast<int>(at.x) - r, static_cast<int>(at.y) - r, 2 * r + 1, 2 * r + 1) & mark.box;
    cv::Point2d sum;
    int count = 0;
    double extent = 1;
    for (int y = around.y; y < around.br().y; ++y)
        for (int x = around.x; x < around.br().x; ++x) {
            const double distance = std::hypot(x - at.x, y - at.y);
            if (labels.at<int>(y, x) != mark.label || distance > radius) continue;
            sum += cv::Point2d(x, y);
            extent = std::max(extent, distance);
            ++count;
        }
    if (count == 0) return 0;
    const cv::Point2d behind = at - sum / count, ahead = to - at;
    return behind.dot(ahead) / (extent * cv::norm(ahead));
}

// The widest gap that these two leads may bridge.
double widest_gap(const Piece& a, const Piece& b, double lead_a, double lead_b, double reach) {
    if (a.digit_px > 0 || b.digit_px > 0)
        return (std::min(lead_a, lead_b) >= kBarEnd ? kMiddleGap : kCornerGap) * std::min(a.width_px, b.width_px);
    if (std::min(lead_a, lead_b) >= kStraightEnd) return reach;
    return (std::max(lead_a, lead_b) >= kEnd ? kSideGap : kTouchGap) * reach;
}

struct Joint {
    double width_px;
    std::size_t a, b;
};

// Two digits, rather than pieces of one.
bool stand_beside(const cv::Rect& a, const cv::Rect& b, double height) {
    const int lower = std::min(a.height, b.height), narrower = std::min(a.width, b.width);
    if (lower > kWholeHeight * height) return true;
    const cv::Rect both = a | b;
    const int shared_height = a.height + b.height - both.height, shared_width = a.width + b.width - both.width;
    return lower > kLikeHeight * std::max(a.height, b.height) && shared_height > kBeside * lower &&
           shared_width < kApart * narrower;
}

// Of the digit that the two may be parts of.
double digit_height(const Piece& a, const Piece& b, const Marks& marks) {
    const double height = std::max(a.digit_px, b.digit_px);
    return height > 0 ? height : marks.digit_height_px;
}

// Whether the two make up what may be a digit, or a part of one, where digits are so high.
bool fit(const cv::Rect& a, const cv::Rect& b, double height) {
    const cv::Rect joint = a | b;
    if (joint.height > kJointHeight * height ||
        joint.width > kJointWidth * std::max<double>(joint.height, kFlatPart * height))
        return false;
    if (joint.width < kThin * joint.height && joint.height < kLowOne * height) return false;
    return !stand_beside(a, b, height);
}

// Shortest gaps first, so that the pieces of a digit are together before one may be taken for its neighbour's.
std::vector<Joint> find_joints(const Marks& marks, const std::vector<Piece>& pieces) {
    std::vector<Outline> outlines;
    for (const Mark& mark : marks.marks) outlines.push_back(outline_of(mark, marks.labels));
    std::vector<Joint> joints;
    double highest = marks.digit_height_px;
    for (const Piece& piece : pieces) highest = std::max(highest, piece.digit_px);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const double farthest = kGapStrokes * pieces[i].stroke_px + kGapHeight * highest;
        const cv::Rect around = widened(pieces[i].box, static_cast<int>(std::ceil(farthest)) + 1);
        for (std::size_t j = i + 1; j < pieces.size(); ++j) {
            const Piece &a = pieces[i], &b = pieces[j];
            if ((around & b.box).empty()) continue;
            const double stroke = std::min(a.stroke_px, b.stroke_px);
            if (std::max(a.stroke_px, b.stroke_px) > kJointStroke * stroke) continue;
            const double height = digit_height(a, b, marks);
            const cv::Rect joint = a.box | b.box;  // small digits on a page of large ones have small gaps
            const double size = std::min<double>(height, std::max(joint.width, joint.height));
            const double reach = kGapStrokes * stroke + kGapHeight * size;
            const int beyond = static_cast<int>(std::ceil(reach)) + 1;
            if ((widened(a.box, beyond) & b.box).empty() || !fit(a.box, b.box, height)) continue;
            const std::optional<Gap> gap =
                gap_between(near(outlines[i], b.box, beyond), near(outlines[j], a.box, beyond), reach, stroke);
            if (!gap) continue;
            const double lead_a = lead(marks.marks[i], a, marks.labels, gap->from, gap->to);
            const double lead_b = lead(marks.marks[j], b, marks.labels, gap->to, gap->from);
            if (gap->width_px <= widest_gap(a, b, lead_a, lead_b, reach)) joints.push_back({gap->width_px, i, j});
        }
    }
    std::stable_sort(joints.begin(), joints.end(),
                     [](const Joint& a, const Joint& b) { return a.width_px < b.width_px; });
    return joints;
}

// The lower half to the mark's upper one; -1: none.
int lower_half(std::size_t upper, const std::vector<Piece>& pieces, double least_px) {
    const Piece& a = pieces[upper];
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const Piece& b = pieces[i];
        const int gap = b.box.y - a.box.br().y;
        const int shared = std::min(a.box.br().x, b.box.br().x) - std::max(a.box.x, b.box.x);
        if (i != upper && b.box.height >= least_px && gap > -a.stroke_px && gap <= kHalfGap * a.stroke_px &&
            shared >= kHalfShared * std::min(a.box.width, b.box.width))
            return static_cast<int>(i);
    }
    return -1;
}

// How high digits are on a page where most fall into an upper and a lower half, as a display's do whose segments run
// together; 0 on all others. Rows of writing are farther apart than a stroke is wide.
double height_of_halves(const Marks& marks, const std::vector<Piece>& pieces) {
    const double least_px = kHalfLeast * marks.digit_height_px;
    std::vector<bool> has_other(pieces.size());
    std::vector<int> heights;
    std::size_t all = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (pieces[i].box.height < least_px) continue;
        ++all;
        const int other = lower_half(i, pieces, least_px);
        if (other < 0) continue;
        has_other[i] = has_other[static_cast<std::size_t>(other)] = true;
        heights.push_back((pieces[i].box | pieces[static_cast<std::size_t>(other)].box).height);
    }
    const auto halves = static_cast<std::size_t>(std::count(has_other.begin(), has_other.end(), true));
    if (halves < kLeastHalves || static_cast<double>(halves) < kHalves * static_cast<double>(all)) return 0;
    const auto middle = heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2);
    std::nth_element(heights.begin(), middle, heights.end());
    return *middle;
}

bool are_level(const cv::Rect& a, const cv::Rect& b) {
    const double height = std::max(a.height, b.height), apart = std::max(a.x, b.x) - std::min(a.br().x, b.br().x);
    return std::abs(a.y - b.y) <= kLevel * height && std::abs(a.br().y - b.br().y) <= kLevel * height &&
           apart <= kLevelReach * height;
}

// Halves of single digits whose neighbours are whole: a display's 0 falls into two where its 2 does not.
std::vector<Joint> halves_beside_wholes(std::vector<Piece>& pieces) {
    struct Pair {
        std::size_t upper, lower;
        cv::Rect box;
    };
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const double least_px = kHalfLeast * pieces[i].box.height;
        if (const int other = lower_half(i, pieces, least_px); other >= 0) {
            const auto lower = static_cast<std::size_t>(other);
            if (pieces[i].box.height >= kHalfLeast * pieces[lower].box.height)
                pairs.push_back({i, lower, pieces[i].box | pieces[lower].box});
        }
    }
    std::vector<Joint> joints;
    for (const Pair& pair : pairs) {
        int wholes = 0, others = 0;
        for (std::size_t i = 0; i < pieces.size(); ++i)
            wholes += i != pair.upper && i != pair.lower && are_level(pieces[i].box, pair.box) &&
                      pieces[i].box.width > kBroad * pieces[i].box.height;
        for (const Pair& other : pairs) others += &other != &pair && are_level(other.box, pair.box);
        if (wholes < 1 || wholes + others < kLeastLevel) continue;
        for (const std::size_t half : {pair.upper, pair.lower}) pieces[half].digit_px = pair.box.height;
        joints.push_back({0, pair.upper, pair.lower});
    }
    return joints;
}

// A joint mark keeps the first one's label, and whether it is a display's.
void join(Marks& marks, std::vector<Piece>& pieces, const std::vector<Joint>& joints) {
    std::vector<std::size_t> whole(pieces.size());
    std::iota(whole.begin(), whole.end(), std::size_t{0});
    for (const Joint& joint : joints) {
        const std::size_t a = whole[joint.a], b = whole[joint.b];
        if (a == b || !fit(pieces[a].box, pieces[b].box, digit_height(pieces[a], pieces[b], marks))) continue;
        Mark& kept = marks.marks[a];
        const Mark& gone = marks.marks[b];
        cv::Mat(marks.labels, gone.box).setTo(kept.label, cv::Mat(marks.labels, gone.box) == gone.label);
        kept.box |= gone.box;
        kept.area_px += gone.area_px;
        Piece piece = measure({kept.box, kept.area_px, kept.label}, marks.labels);
        piece.digit_px = std::max(pieces[a].digit_px, pieces[b].digit_px);
        piece.width_px = std::min(pieces[a].width_px, pieces[b].width_px);
        pieces[a] = piece;
        std::replace(whole.begin(), whole.end(), b, a);
    }
    std::vector<Mark> joined;
    std::vector<Piece> left;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (whole[i] != i) continue;
        joined.push_back(marks.marks[i]);
        joined.back().of_segments = pieces[i].digit_px > 0;
        left.push_back(pieces[i]);
    }
    marks.marks = std::move(joined);
    pieces = std::move(left);
}

}  // namespace

void join_broken(Marks& marks, const std::function<double(const Marks&)>& typical_height) {
    std::vector<Piece> pieces;
    for (const Mark& mark : marks.marks) pieces.push_back(measure({mark.box, mark.area_px, mark.label}, marks.labels));
    find_segments(pieces);
    const auto of_halves = static_cast<float>(height_of_halves(marks, pieces));
    marks.digit_height_px = std::max(marks.digit_height_px, of_halves);
    const auto join_all = [&] {
        for (float before = 0; marks.digit_height_px > before;) {
            before = marks.digit_height_px;
            join(marks, pieces, find_joints(marks, pieces));
            marks.digit_height_px = std::max(static_cast<float>(typical_height(marks)), of_halves);
        }
    };
    join_all();
    const std::vector<Joint> halves = halves_beside_wholes(pieces);
    if (halves.empty()) return;
    join(marks, pieces, halves);
    marks.digit_height_px = std::max(static_cast<float>(typical_height(marks)), of_halves);
    join_all();
}

}  // namespace chiffre
