// strokes.cpp -- where two digits share a wall, or run into each other along a stroke, no way from top to bottom parts
// them. Their strokes can be parted: the mark is thinned, its skeleton falls into strokes at junctions and bends, and
// each way of dealing these out to a left and a right digit is weighed by how much the two then touch.
// Sources: thinning, Zhang and Suen 1984 ("A fast parallel algorithm for thinning digital patterns"); bends, Douglas
// and Peucker 1973.
#include "strokes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>

namespace chiffre {
namespace {

constexpr double kThinned_px = 5;  // so wide are strokes where they are thinned, however wide in the picture
constexpr double kSpur = 1.0;      // strokes: a shorter end of the skeleton is the corner of a stroke
constexpr double kBend = 2.4;      // strokes: what leaves its chord by more is two
// Of the mark's: digits that touch are not much lower than both together, and a 1 has its share of the ink.
constexpr double kLeastHeight = 0.5, kLeastInk = 0.12;
// What counts for as much as strokes of touch: that one lies over the other for the mark's height, or is so much lower
// than the mark. On drawn pages of touching digits, of 8 splits, one has 85 % of the digit's ink and no more for 90 of
// 100 digits; for 84 where touch alone counts, for 75 where there are seams only.
constexpr double kOverlapCost = 8, kLowCost = 12;
constexpr std::size_t kMostSplits = 8;
constexpr double kAlike = 0.04;      // of the mark's ink: splits that differ by less are one
constexpr double kMostShared = 0.6;  // of the mark's height: no higher is a stroke of two digits

// The eight neighbours in a circle, from the one above on.
const std::array<cv::Point, 8> kAround{{{0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}}};

using Path = std::vector<cv::Point>;

// Bit i: neighbour i is set. The border of `image` is empty.
unsigned neighbours(const cv::Mat& image, cv::Point at) {
    unsigned set = 0;
    for (unsigned i = 0; i < 8; ++i) set |= (image.at<std::uint8_t>(at + kAround[i]) != 0 ? 1u : 0u) << i;
    return set;
}

// How often one comes from paper to ink going round.
int crossings(unsigned around) {
    return std::popcount(around & ~((around << 1 | around >> 7) & 0xffu));
}

// Takes the rim away until strokes are one pixel wide.
void thin(cv::Mat& image) {
    Path inked, rim;
    cv::findNonZero(image, inked);
    for (bool changed = true; changed;) {
        changed = false;
        for (const unsigned side : {0u, 4u}) {  // the lower right, the upper left
            rim.clear();
            for (const cv::Point at : inked) {
                if (image.at<std::uint8_t>(at) == 0) continue;
                const unsigned around = neighbours(image, at);
                const int count = std::popcount(around);
                const auto all = [&](unsigned a, unsigned b, unsigned c) {
                    return (around >> (a + side) % 8 & around >> (b + side) % 8 & around >> (c + side) % 8 & 1) != 0;
                };
                if (count >= 2 && count <= 6 && crossings(around) == 1 && !all(0, 2, 4) && !all(2, 4, 6))
                    rim.push_back(at);
            }
            for (const cv::Point at : rim) image.at<std::uint8_t>(at) = 0;
            changed |= !rim.empty();
        }
    }
}

bool is_junction(unsigned around) {
    return crossings(around) >= 3 || std::popcount(around) >= 5;
}

// The pixels from one end to the other; of a ring from anywhere. Takes them out of `image`.
Path follow(cv::Mat& image, cv::Point from) {
    Path path;
    for (bool more = true; more;) {
        path.push_back(from);
        image.at<std::uint8_t>(from) = 0;
        more = false;
        for (const unsigned i : {0u, 2u, 4u, 6u, 1u, 3u, 5u, 7u})
            if (!more && image.at<std::uint8_t>(from + kAround[i]) != 0) {
                from += kAround[i];
                more = true;
            }
    }
    return path;
}

struct Branch {
    Path path;
    bool free_end = false;  // no junction at one of its ends
};

// The skeleton between its junctions.
std::vector<Branch> branches_of(const cv::Mat& skeleton) {
    cv::Mat junctions(skeleton.size(), CV_8UC1, cv::Scalar(0));
    Path inked;
    cv::findNonZero(skeleton, inked);
    for (const cv::Point at : inked)
        if (is_junction(neighbours(skeleton, at))) junctions.at<std::uint8_t>(at) = 255;
    cv::dilate(junctions, junctions, cv::Mat());
    cv::Mat rest = skeleton.clone();
    rest.setTo(0, junctions);
    cv::dilate(junctions, junctions, cv::Mat());  // where branches end at them
    std::vector<Branch> branches;
    for (const bool rings : {false, true})  // what has ends first
        for (const cv::Point at : inked) {
            if (rest.at<std::uint8_t>(at) == 0 || (!rings && std::popcount(neighbours(rest, at)) > 1)) continue;
            Branch branch{follow(rest, at)};
            branch.free_end = !rings && (junctions.at<std::uint8_t>(branch.path.front()) == 0 ||
                                         junctions.at<std::uint8_t>(branch.path.back()) == 0);
            branches.push_back(std::move(branch));
        }
    return branches;
}

// Where a path leaves the chord from its beginning to its end most.
struct Bend {
    std::size_t at = 0;
    double depth = 0;
};
Bend deepest_bend(const Path& path) {
    const cv::Point2d from = path.front(), chord = cv::Point2d(path.back()) - from;
    const double length = std::hypot(chord.x, chord.y);
    Bend bend;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const cv::Point2d to = cv::Point2d(path[i]) - from;
        const double depth = length < 1 ? std::hypot(to.x, to.y) : std::abs(to.cross(chord)) / length;
        if (depth > bend.depth) bend = {i, depth};
    }
    return bend;
}

// Parted at bends, the deepest first.
void part_at_bends(std::vector<Path>& paths) {
    while (paths.size() < kMostStrokes) {
        std::size_t which = 0;
        Bend deepest;
        for (std::size_t i = 0; i < paths.size(); ++i)
            if (const Bend bend = deepest_bend(paths[i]); bend.depth > deepest.depth) deepest = bend, which = i;
        if (deepest.depth < kBend * kThinned_px) return;
        const auto at = paths[which].begin() + static_cast<std::ptrdiff_t>(deepest.at);
        Path rest(at, paths[which].end());
        paths[which].erase(at, paths[which].end());
        paths.push_back(std::move(rest));
    }
}

// Each pixel's path, by the way through ink where it is ink. CV_8UC1.
cv::Mat nearest_path(const std::vector<Path>& paths, const cv::Mat& mask) {
    constexpr std::uint8_t kNone = 255;
    cv::Mat nearest(mask.size(), CV_8UC1, cv::Scalar(kNone));
    Path front, rim;
    for (std::size_t i = 0; i < paths.size(); ++i)
        for (const cv::Point at : paths[i]) {
            nearest.at<std::uint8_t>(at) = static_cast<std::uint8_t>(i);
            front.push_back(at);
        }
    const cv::Rect inside({0, 0}, mask.size());
    for (const bool on_paper : {false, true}) {
        for (std::size_t next = 0; next < front.size(); ++next)
            for (const cv::Point step : kAround) {
                const cv::Point to = front[next] + step;
                if (!inside.contains(to) || nearest.at<std::uint8_t>(to) != kNone) continue;
                if (!on_paper && mask.at<std::uint8_t>(to) == 0) continue;
                nearest.at<std::uint8_t>(to) = nearest.at<std::uint8_t>(front[next]);
                front.push_back(to);
            }
    }
    return nearest;
}

// A set of strokes: what it takes up.
struct Extent {
    int left = std::numeric_limits<int>::max(), top = left, right = -1, bottom = -1;  // of the last pixels
    int ink_px = 0;
    void add(const Extent& more) {
        left = std::min(left, more.left), top = std::min(top, more.top);
        right = std::max(right, more.right), bottom = std::max(bottom, more.bottom);
        ink_px += more.ink_px;
    }
    int height() const { return bottom - top + 1; }
};

// Strokes, their extents and how long each touches each other.
class Graph {
  public:
    Graph(int strokes, const cv::Mat& labels, const cv::Mat& mask) : count_(strokes) {
        for (int y = 0; y < mask.rows; ++y)
            for (int x = 0; x < mask.cols; ++x) {
                if (mask.at<std::uint8_t>(y, x) == 0) continue;
                const std::uint8_t here = labels.at<std::uint8_t>(y, x);
                extents_[here].add({x, y, x, y, 1});
                for (const cv::Point to : {cv::Point(x + 1, y), cv::Point(x, y + 1)}) {
                    if (to.x == mask.cols || to.y == mask.rows || mask.at<std::uint8_t>(to) == 0) continue;
                    const std::uint8_t other = labels.at<std::uint8_t>(to);
                    if (other == here) continue;
                    ++touch_[here][other], ++touch_[other][here];
                    beside_[here] |= 1u << other, beside_[other] |= 1u << here;
                }
            }
        for (int i = 0; i < count_; ++i) all_.add(extents_[static_cast<std::size_t>(i)]);
    }

    std::vector<StrokeSplit> splits() const;

  private:
    bool is_connected(std::uint32_t set) const {
        std::uint32_t reached = set & (~set + 1), before = 0;
        while (reached != before) {
            std::uint32_t fresh = reached & ~before;
            before = reached;
            for (; fresh != 0; fresh &= fresh - 1) reached |= beside_[std::countr_zero(fresh)] & set;
        }
        return reached == set;
    }
    Extent extent(std::uint32_t set) const {
        Extent extent;
        for (; set != 0; set &= set - 1) extent.add(extents_[std::countr_zero(set)]);
        return extent;
    }
    int touch(std::uint32_t a, std::uint32_t b) const {
        int px = 0;
        for (; a != 0; a &= a - 1)
            for (std::uint32_t rest = b; rest != 0; rest &= rest - 1)
                px += touch_[std::countr_zero(a)][std::countr_zero(rest)];
        return px;
    }
    double cost(std::uint32_t left, std::uint32_t right) const;
    std::uint32_t shared(std::uint32_t left, std::uint32_t right) const;

    int count_;
    Extent all_;
    std::array<Extent, kMostStrokes> extents_{};
    std::array<std::array<int, kMostStrokes>, kMostStrokes> touch_{};
    std::array<std::uint32_t, kMostStrokes> beside_{};
};

constexpr double kNever = std::numeric_limits<double>::infinity();

double Graph::cost(std::uint32_t left, std::uint32_t right) const {
    if (!is_connected(left) || !is_connected(right)) return kNever;
    const Extent a = extent(left), b = extent(right);
    if (a.left + a.right >= b.left + b.right) return kNever;
    if (std::min(a.height(), b.height()) < kLeastHeight * all_.height()) return kNever;
    if (std::min(a.ink_px, b.ink_px) < kLeastInk * all_.ink_px) return kNever;
    const double overlap = std::max(0, a.right - b.left), low = 2 * all_.height() - a.height() - b.height();
    return touch(left, right) / kThinned_px + (kOverlapCost * overlap + kLowCost * low) / all_.height();
}

// Of the left one's strokes the one that touches the right one most.
std::uint32_t Graph::shared(std::uint32_t left, std::uint32_t right) const {
    std::uint32_t best = 0;
    int most = 0;
    for (int i = 0; i < count_; ++i) {
        const std::uint32_t one = 1u << i;
        if ((left & one) == 0 || extents_[static_cast<std::size_t>(i)].height() > kMostShared * all_.height()) continue;
        if (const int px = touch(one, right); px > most) most = px, best = one;
    }
    return best;
}

std::vector<StrokeSplit> Graph::splits() const {
    const std::uint32_t all = (1u << count_) - 1;
    struct Priced {
        double cost;
        std::uint32_t left;
    };
    std::vector<Priced> priced;
    for (std::uint32_t left = 1; left < all; ++left)
        if (const double price = cost(left, all & ~left); price != kNever) priced.push_back({price, left});
    std::stable_sort(priced.begin(), priced.end(), [](const Priced& a, const Priced& b) { return a.cost < b.cost; });
    std::vector<StrokeSplit> splits;
    for (const Priced& next : priced) {
        if (splits.size() == kMostSplits) break;
        const auto alike = [&](const StrokeSplit& other) {
            return extent(next.left ^ other.left).ink_px < kAlike * all_.ink_px;
        };
        if (std::none_of(splits.begin(), splits.end(), alike))
            splits.push_back({next.left, shared(next.left, all & ~next.left)});
    }
    return splits;
}

}  // namespace

Strokes find_strokes(const cv::Mat& mask, double stroke_px) {
    const double scale = std::min(1.0, kThinned_px / stroke_px);
    const cv::Size size(std::max(1, cvRound(mask.cols * scale)), std::max(1, cvRound(mask.rows * scale)));
    cv::Mat small;
    cv::resize(mask, small, size, 0, 0, cv::INTER_AREA);
    cv::copyMakeBorder(small, small, 1, 1, 1, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
    small = small >= 128;
    cv::Mat skeleton = small.clone();
    thin(skeleton);

    std::vector<Branch> branches = branches_of(skeleton);
    bool pruned = false;
    for (const Branch& branch : branches)
        if (branch.free_end && branches.size() > 1 && static_cast<double>(branch.path.size()) < kSpur * kThinned_px) {
            for (const cv::Point at : branch.path) skeleton.at<std::uint8_t>(at) = 0;
            pruned = true;
        }
    if (pruned) {
        thin(skeleton);
        branches = branches_of(skeleton);
    }
    Strokes strokes;
    if (branches.empty() || branches.size() > kMostStrokes) return strokes;
    std::vector<Path> paths;
    for (Branch& branch : branches) paths.push_back(std::move(branch.path));
    part_at_bends(paths);
    const cv::Mat nearest = nearest_path(paths, small);
    strokes.splits = Graph(static_cast<int>(paths.size()), nearest, small).splits();
    const cv::Mat inner = nearest(cv::Rect(1, 1, size.width, size.height));
    cv::resize(inner, strokes.labels, mask.size(), 0, 0, cv::INTER_NEAREST);
    return strokes;
}

}  // namespace chiffre
