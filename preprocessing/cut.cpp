// cut.cpp -- over-segmentation: of all ways from the top of a mark to its bottom, those that cross least ink are where
// two digits may touch. A way leans by no more than 45 degrees, so it follows slanted writing and goes round an
// overhang. Source: cuts as shortest paths, Wang and Jean 1993 ("Segmentation of merged characters by neural networks
// and shortest path"); over-segmentation for a recognition graph, LeCun et al. 1998, section V.
#include "cut.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "components.h"

namespace chiffre {
namespace {

constexpr double kWideMark = 0.6;     // of the typical height: a narrower mark is one digit
constexpr double kLowMark = 0.5;      // of the typical height: a lower mark is no digits
constexpr double kCrossed = 2.4;      // strokes that a cut crosses at most: a touch, or a touch at two places ...
constexpr double kCrossedWall = 0.3;  // ... or this share of the height: where two bows touch, they share a wall ...
constexpr double kCrossedMost = 0.5;  // ... and in no case more than this share
constexpr double kPieceWidth =
    0.12;  // of the mark's height: cuts are at least as far from each other and from the ends
constexpr std::size_t kMostCuts = 8;
constexpr float kRidge = 0.05f;  // strokes: what lies between two valleys costs so much more than they
constexpr float kLean = 0.1f;    // a step aside costs as much as this share of a pixel of full ink

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

}  // namespace

void propose_cuts(Marks& marks, const Ink& ink, int last_label) {
    for (Mark& whole : marks.marks) {
        if (whole.box.width < kWideMark * marks.digit_height_px || whole.box.height < kLowMark * marks.digit_height_px)
            continue;
        const std::vector<std::vector<int>> seams =
            cuts_of(own_ink(marks, ink, whole), stroke_px({whole.box, whole.area_px, whole.label}, marks.labels));
        if (seams.empty()) continue;

        std::vector<Mark> pieces(seams.size() + 1);
        std::vector<cv::Point> low(pieces.size(), {whole.box.br()}), high(pieces.size(), {whole.box.tl()});
        for (int y = whole.box.y; y < whole.box.br().y; ++y) {
            int* labels = marks.labels.ptr<int>(y);
            for (int x = whole.box.x; x < whole.box.br().x; ++x) {
                if (labels[x] != whole.label) continue;
                std::size_t p = 0;
                while (p < seams.size() && x - whole.box.x >= seams[p][static_cast<std::size_t>(y - whole.box.y)]) ++p;
                labels[x] = last_label + 1 + static_cast<int>(p);
                ++pieces[p].area_px;
                low[p] = {std::min(low[p].x, x), std::min(low[p].y, y)};
                high[p] = {std::max(high[p].x, x), std::max(high[p].y, y)};
            }
        }
        whole.first_piece = static_cast<int>(marks.pieces.size());
        for (std::size_t p = 0; p < pieces.size(); ++p) {
            ++last_label;
            if (pieces[p].area_px == 0) continue;
            pieces[p].box = {low[p], high[p] + cv::Point(1, 1)};
            pieces[p].label = last_label;
            marks.pieces.push_back(pieces[p]);
            ++whole.pieces;
        }
    }
}

}  // namespace chiffre
