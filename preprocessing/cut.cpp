// cut.cpp -- over-segmentation, by ways from top to bottom and by strokes (strokes.h). Of all ways from the top of a
// mark to its bottom, those that cross least ink are where two digits may touch. A way leans by no more than 45
// degrees, so it follows slanted writing and goes round an overhang. Source: cuts as shortest paths, Wang and Jean 1993
// ("Segmentation of merged characters by neural networks and shortest path"); over-segmentation for a recognition
// graph, LeCun et al. 1998, section V.
#include "cut.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <vector>

#include "components.h"
#include "strokes.h"

namespace chiffre {
namespace {

constexpr double kWideMark = 0.6;     // of the typical height: a narrower mark is one digit
constexpr double kLowMark = 0.5;      // of the typical height: a lower mark is no digits
constexpr double kCrossed = 2.4;      // strokes that a cut crosses at most: a touch, or a touch at two places ...
constexpr double kCrossedWall = 0.3;  // ... or this share of the height: where two bows touch, they share a wall ...
constexpr double kCrossedMost = 0.5;  // ... and in no case more than this share
constexpr double kPieceWidth =
    0.12;  // of the mark's height: cuts are at least as far from each other and from the ends
constexpr std::size_t kMostCuts = 8;  // of this kind
// Length of strokes, in heights of the mark, from which on it is looked at for them: two digits have 2.2 (11) to 6, one
// at most 3 (8), and 11, 17 and 77 are parted by seams.
constexpr double kPairLength = 3.2;
constexpr std::size_t kMostPieces = 64;  // bits of a set of them
constexpr double kAlike = 0.04;          // of the mark's ink: cuts that differ by less are one
constexpr double kSideBySide = 0.3;      // of the lower part's height: what both parts share of it
constexpr float kRidge = 0.05f;          // strokes: what lies between two valleys costs so much more than they
constexpr float kLean = 0.1f;            // a step aside costs as much as this share of a pixel of full ink

// Ink of one mark, its own pixels alone: 1 is full.
cv::Mat own_ink(const Marks& marks, const Ink& ink, const Mark& mark) {
    cv::Mat own(mark.box.size(), CV_32F, cv::Scalar(0));
    for (int y = 0; y < mark.box.height; ++y) {
        const int* labels = marks.labels.ptr<int>(mark.box.y + y) + mark.box.x;
        const std::uint8_t* strength = ink.strength.ptr(mark.box.y + y) + mark.box.x;
        for (int x = 0; x < mark.box.width; ++x)
            if (labels[x] == mark.label) own.at<float>(y, x) = static_cast<float>(strength[x]) / 255;
    }
    return own;
}

// cost(y, x): of the cheapest way from the first row to there.
cv::Mat ways_down(const cv::Mat& ink) {
    cv::Mat cost = ink.clone();
    for (int y = 1; y < cost.rows; ++y)
        for (int x = 0; x < cost.cols; ++x) {
            float best = cost.at<float>(y - 1, x);
            if (x > 0) best = std::min(best, cost.at<float>(y - 1, x - 1) + kLean);
            if (x + 1 < cost.cols) best = std::min(best, cost.at<float>(y - 1, x + 1) + kLean);
            cost.at<float>(y, x) += best;
        }
    return cost;
}

// The columns of the cheapest way from (row, column) to the first row of `cost`, written into seam[row], seam[row -
// 1]...
void follow(const cv::Mat& cost, int row, int column, std::vector<int>& seam, bool upside_down) {
    for (int y = row, x = column;; --y) {
        seam[static_cast<std::size_t>(upside_down ? cost.rows - 1 - y : y)] = x;
        if (y == 0) return;
        int best = x;
        float least = cost.at<float>(y - 1, x);
        for (const int to : {x - 1, x + 1})
            if (to >= 0 && to < cost.cols && cost.at<float>(y - 1, to) + kLean < least) {
                least = cost.at<float>(y - 1, to) + kLean;
                best = to;
            }
        x = best;
    }
}

// stroke: width of the mark's strokes. For each cut, from left to right, the first column right of it in each row.
std::vector<std::vector<int>> cuts_of(const cv::Mat& own, double stroke) {
    cv::Mat flipped;
    cv::flip(own, flipped, 0);
    const cv::Mat down = ways_down(own), up = ways_down(flipped);
    const int middle = own.rows / 2, far = std::max(2, static_cast<int>(kPieceWidth * own.rows));
    const auto through = [&](int x) {
        return down.at<float>(middle, x) + up.at<float>(own.rows - 1 - middle, x) - own.at<float>(middle, x);
    };
    const double most = std::min(std::max(kCrossed * stroke, kCrossedWall * own.rows), kCrossedMost * own.rows);
    struct Cut {
        float cost;
        int column;
    };
    std::vector<Cut> cuts;
    for (int x = far; x < own.cols - far; ++x)
        if (through(x) <= most) cuts.push_back({through(x), x});
    std::stable_sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.cost < b.cost; });
    // Ways through the same loop are one valley: the best of each valley first, then the others.
    const auto same_valley = [&](int a, int b) {
        float ridge = 0;
        for (int x = std::min(a, b); x <= std::max(a, b); ++x) ridge = std::max(ridge, through(x));
        return ridge < std::max(through(a), through(b)) + kRidge * static_cast<float>(stroke);
    };
    std::vector<int> columns;
    for (const bool valleys : {true, false})
        for (const Cut& cut : cuts) {
            const auto taken = [&](int other) {
                return std::abs(other - cut.column) < far || (valleys && same_valley(other, cut.column));
            };
            if (columns.size() < kMostCuts && std::none_of(columns.begin(), columns.end(), taken))
                columns.push_back(cut.column);
        }
    std::sort(columns.begin(), columns.end());
    std::vector<std::vector<int>> seams;
    for (const int column : columns) {
        std::vector<int> seam(static_cast<std::size_t>(own.rows));
        follow(down, middle, column, seam, false);
        follow(up, own.rows - 1 - middle, column, seam, true);
        // Two ways may share a part; they do not cross.
        if (!seams.empty())
            for (std::size_t y = 0; y < seam.size(); ++y) seam[y] = std::max(seam[y], seams.back()[y]);
        seams.push_back(std::move(seam));
    }
    return seams;
}

// How a mark may be cut: along the ways from top to bottom, and by its strokes.
struct Ways {
    std::vector<std::vector<int>> seams;
    Strokes strokes;
};

// For each stroke, whether and how each split has it on its left.
std::vector<std::uint64_t> sides(const Strokes& strokes) {
    std::vector<std::uint64_t> sides(kMostStrokes);
    for (std::size_t i = 0; i < sides.size(); ++i)
        for (const StrokeSplit& split : strokes.splits)
            sides[i] = sides[i] << 2 | (split.left >> i & 1) << 1 | (split.both >> i & 1);
    return sides;
}

// The pieces are what no cut parts: what lies between the same two seams, and in strokes that are on the same side of
// every split. They are counted seam by seam. Nothing where they would be too many.
struct Pieces {
    cv::Mat at;  // CV_8UC1 of the mark's box: piece of each pixel of ink
    struct Place {
        std::size_t seam = 0, stroke = 0;  // between which seams, and one of its strokes
    };
    std::vector<Place> places;
};
std::optional<Pieces> pieces_of(const Mark& whole, const cv::Mat& labels, const Ways& ways) {
    const std::vector<std::uint64_t> side = sides(ways.strokes);
    std::array<std::size_t, kMostStrokes> alike{};  // of the strokes on the same sides the first
    for (std::size_t i = 0; i < alike.size(); ++i)
        alike[i] = static_cast<std::size_t>(std::find(side.begin(), side.end(), side[i]) - side.begin());

    std::vector<int> counts((ways.seams.size() + 1) * kMostStrokes);
    const auto place_of = [&](int x, int y) {
        std::size_t seam = 0;
        while (seam < ways.seams.size() && x >= ways.seams[seam][static_cast<std::size_t>(y)]) ++seam;
        return seam * kMostStrokes +
               (ways.strokes.splits.empty() ? 0 : alike[ways.strokes.labels.at<std::uint8_t>(y, x)]);
    };
    const cv::Mat own = labels(whole.box);
    for (int y = 0; y < own.rows; ++y)
        for (int x = 0; x < own.cols; ++x)
            if (own.at<int>(y, x) == whole.label) ++counts[place_of(x, y)];

    Pieces pieces{cv::Mat(own.size(), CV_8UC1, cv::Scalar(0)), {}};
    for (std::size_t place = 0; place < counts.size(); ++place) {
        if (counts[place] == 0) continue;
        counts[place] = static_cast<int>(pieces.places.size());
        pieces.places.push_back({place / kMostStrokes, place % kMostStrokes});
    }
    if (pieces.places.size() > kMostPieces) return {};
    for (int y = 0; y < own.rows; ++y)
        for (int x = 0; x < own.cols; ++x)
            if (own.at<int>(y, x) == whole.label)
                pieces.at.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(counts[place_of(x, y)]);
    return pieces;
}

// Ink of a set of pieces.
int ink_of(std::uint64_t set, const Mark* pieces) {
    int ink_px = 0;
    for (; set != 0; set &= set - 1) ink_px += pieces[std::countr_zero(set)].area_px;
    return ink_px;
}

cv::Rect box_of(std::uint64_t set, const Mark* pieces) {
    cv::Rect box;
    for (; set != 0; set &= set - 1) box |= pieces[std::countr_zero(set)].box;
    return box;
}

// What lies left and right of a cut stands side by side, as digits of a row do, and not one below the other.
bool is_side_by_side(const Cut& cut, std::uint64_t all, const Mark* pieces) {
    const cv::Rect left = box_of(cut.left, pieces), right = box_of(all & ~cut.left, pieces);
    const int shared = std::min(left.br().y, right.br().y) - std::max(left.y, right.y);
    return shared >= kSideBySide * std::min(left.height, right.height);
}

// The cuts as sets of pieces, by how much ink lies left of them. A split that hardly differs from a seam is left out.
std::vector<Cut> cuts_between(const Pieces& pieces, const Ways& ways, const Mark* marks, int ink_px) {
    std::vector<Cut> cuts(ways.seams.size() + ways.strokes.splits.size());
    for (std::size_t p = 0; p < pieces.places.size(); ++p) {
        const auto [seam, stroke] = pieces.places[p];
        const std::uint64_t one = std::uint64_t{1} << p;
        for (std::size_t i = 0; i < cuts.size(); ++i) {
            if (i < ways.seams.size()) {
                if (seam <= i) cuts[i].left |= one;
                if (seam == i) cuts[i].both |= one;
                continue;
            }
            const StrokeSplit& split = ways.strokes.splits[i - ways.seams.size()];
            cuts[i].by_strokes = true;
            if ((split.left >> stroke & 1) != 0) cuts[i].left |= one;
            if ((split.both >> stroke & 1) != 0) cuts[i].both |= one;
        }
    }
    for (std::size_t i = cuts.size(); i-- > ways.seams.size();)
        if (std::any_of(cuts.begin(), cuts.begin() + static_cast<std::ptrdiff_t>(ways.seams.size()),
                        [&](const Cut& seam) { return ink_of(seam.left ^ cuts[i].left, marks) < kAlike * ink_px; }))
            cuts.erase(cuts.begin() + static_cast<std::ptrdiff_t>(i));
    const auto left_ink = [&](const Cut& cut) { return ink_of(cut.left, marks); };
    std::stable_sort(cuts.begin(), cuts.end(), [&](const Cut& a, const Cut& b) { return left_ink(a) < left_ink(b); });
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - pieces.places.size());
    std::erase_if(cuts, [&](const Cut& cut) {
        return left_ink(cut) == 0 || left_ink(cut) == ink_px || !is_side_by_side(cut, all, marks);
    });
    return cuts;
}

// Cuts the mark; labels of its pieces follow last_label.
void cut(Mark& whole, const Pieces& pieces, const Ways& ways, int& last_label, Marks& marks) {
    std::vector<Mark> cut_off(pieces.places.size());
    std::vector<cv::Point> low(cut_off.size(), whole.box.br()), high(cut_off.size(), whole.box.tl());
    for (int y = whole.box.y; y < whole.box.br().y; ++y) {
        int* labels = marks.labels.ptr<int>(y);
        for (int x = whole.box.x; x < whole.box.br().x; ++x) {
            if (labels[x] != whole.label) continue;
            const std::size_t p = pieces.at.at<std::uint8_t>(y - whole.box.y, x - whole.box.x);
            labels[x] = last_label + 1 + static_cast<int>(p);
            ++cut_off[p].area_px;
            low[p] = {std::min(low[p].x, x), std::min(low[p].y, y)};
            high[p] = {std::max(high[p].x, x), std::max(high[p].y, y)};
        }
    }
    for (std::size_t p = 0; p < cut_off.size(); ++p) {
        cut_off[p].box = {low[p], high[p] + cv::Point(1, 1)};
        cut_off[p].label = ++last_label;
    }
    const std::vector<Cut> cuts = cuts_between(pieces, ways, cut_off.data(), whole.area_px);
    whole.first_piece = static_cast<int>(marks.pieces.size());
    whole.pieces = static_cast<int>(cut_off.size());
    whole.first_cut = static_cast<int>(marks.cuts.size());
    whole.cuts = static_cast<int>(cuts.size());
    marks.pieces.insert(marks.pieces.end(), cut_off.begin(), cut_off.end());
    marks.cuts.insert(marks.cuts.end(), cuts.begin(), cuts.end());
}

}  // namespace

void propose_cuts(Marks& marks, const Ink& ink, int last_label) {
    for (Mark& whole : marks.marks) {
        if (whole.box.width < kWideMark * marks.digit_height_px || whole.box.height < kLowMark * marks.digit_height_px)
            continue;
        const double stroke = stroke_px({whole.box, whole.area_px, whole.label}, marks.labels);
        Ways ways{cuts_of(own_ink(marks, ink, whole), stroke), {}};
        if (whole.area_px >= kPairLength * stroke * whole.box.height)
            ways.strokes = find_strokes(marks.labels(whole.box) == whole.label, stroke);
        if (ways.seams.empty() && ways.strokes.splits.empty()) continue;
        std::optional<Pieces> pieces = pieces_of(whole, marks.labels, ways);
        if (!pieces) {
            ways.strokes.splits.clear();
            pieces = pieces_of(whole, marks.labels, ways);
        }
        cut(whole, *pieces, ways, last_label, marks);
    }
}

}  // namespace chiffre
