// harvest_label.cpp -- shares of ink, and the bounds between digit, doubt and no digit.
#include "harvest_label.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <string_view>

namespace chiffre::training {
namespace {

// A digit: nearly all of its ink that the mask has, enough of all of it to be read, hardly anything else, and the same
// box as the digit's.
constexpr double kWhole = 0.92, kReadable = 0.6, kForeign = 0.08;
constexpr double kNearlyWhole = 0.85;  // where nothing better is there; less of a broken digit is another one
constexpr double kBoxMiss = 0.15;      // of the longer side, per edge
// A part: less of the digit than this; what has more may be read as one with a short stroke.
constexpr double kPart = 0.6, kPure = 0.9;
constexpr double kPartInContext = 0.75;  // where the rest of the digit is seen beside it
constexpr double kPartArea = 0.6;        // of the digit's box: a part is clearly smaller
constexpr double kTall = 0.7;            // of the digit's height
// Mixed: at least this much of each of two digits' ink, and of the candidate's; a whole digit with less than so much
// more may be read as that digit.
constexpr double kOfEach = 0.25, kOfMixed = 0.15, kBesideWhole = 0.3;
constexpr double kNarrow = 0.6;     // width to height
constexpr double kNothing = 0.03;   // of the candidate's ink: digits do not count
constexpr double kMostly = 0.8;     // of the candidate's ink: it is this
constexpr double kSignWhole = 0.8;  // of a sign's ink: less is a part of one

// Signs that are no digit to anybody; others have a digit that looks like them: 0 O o D Q, 1 I i j J l ( ) / ',
// 2 Z z, 4 Y y, 5 S s, 6 b G h, 8 B, 9 g q.
constexpr std::string_view kSigns = "ACEFHKLMNPRTUVWXcdefkmnprtuvwx+-=*#%@<>~_:.\"";
constexpr char kPrintedSign = 'a';  // written by hand it is a 0, a 9 or a 2 to somebody
// Seen from behind, the same and these figures.
constexpr std::string_view kMirroredSigns = "AHMTUVWXmnvwx+-=*479";

constexpr int kInk = 100;            // level of a tile that counts as ink
constexpr int kLeastHole_px = 3;     // of a tile
constexpr int kGap_px = 5;           // of a tile: white enclosed but for such a gap is a loop to somebody
constexpr double kStroke = 0.25;     // breadth to length of a bare stroke ...
constexpr double kBar = 0.55;        // ... and of one that is solid
constexpr double kSolid = 0.65;      // ink of the smallest upright or leaning box around it
constexpr double kUpright_deg = 50;  // a stroke that leans no more than this is a 1 to somebody

bool is_clear_sign(const Thing& thing, const PageTruth& truth) {
    if (thing.sign == 0) return false;
    if (thing.beneath && (truth.mirrored || (thing.sign >= '0' && thing.sign <= '9')))
        return truth.mirrored && kMirroredSigns.find(thing.sign) != std::string_view::npos;
    return kSigns.find(thing.sign) != std::string_view::npos || (thing.sign == kPrintedSign && truth.printed);
}

// Parts that are a digit to anybody, found by looking at thousands: any part of a 1 is a 1, nearly any of a 7 a 7; the
// right side of a 0, the upper part of a 2 or 3, the lower right of a 4 and pieces of 9 are a 7, too; the right side of
// an 8 is a 3; a 5 without its back and the right side of a 6 are a 5.
bool is_digit_too(int digit, const cv::Rect& part, const cv::Rect& whole) {
    const double height = static_cast<double>(part.height) / whole.height;
    const bool tall = height >= kTall, half = height >= kTall / 2;
    const bool right = 2 * part.x + part.width > 2 * whole.x + whole.width;
    const bool upper = 2 * part.y + part.height < 2 * whole.y + whole.height;
    switch (digit) {
        case 0:
        case 6:
            return tall && right;
        case 1:
            return true;
        case 2:
        case 3:
            return tall || (half && upper);
        case 4:
            return half && !upper;
        case 5:
            return tall;
        default:  // 7, 8, 9
            return half;
    }
}

bool boxes_agree(const cv::Rect& a, const cv::Rect& b) {
    const double most = std::max(2.0, kBoxMiss * std::max({a.width, a.height, b.width, b.height}));
    return std::abs(a.x - b.x) <= most && std::abs(a.y - b.y) <= most && std::abs(a.br().x - b.br().x) <= most &&
           std::abs(a.br().y - b.br().y) <= most;
}

cv::Mat ink_of(const Tile& tile) {
    return cv::Mat(kTileSide, kTileSide, CV_8UC1, const_cast<std::uint8_t*>(tile.ink.data())) >= kInk;
}

HarvestKind kind_of(const Candidate& candidate) {
    if (candidate.wholes == 0) return HarvestKind::cut;
    return candidate.wholes == 1 ? HarvestKind::whole : HarvestKind::joined;
}

// Crumbs beside a stroke do not make it another shape.
cv::Mat largest_piece(const cv::Mat& ink) {
    cv::Mat labels, stats, centres;
    const int pieces = cv::connectedComponentsWithStats(ink, labels, stats, centres, 8);
    int largest = 0;
    for (int piece = 1; piece < pieces; ++piece)
        if (largest == 0 || stats.at<int>(piece, cv::CC_STAT_AREA) > stats.at<int>(largest, cv::CC_STAT_AREA))
            largest = piece;
    return largest == 0 ? ink : cv::Mat(labels == largest);
}

bool has_hole(const cv::Mat& ink) {
    cv::Mat labels, stats, centres;
    const int regions = cv::connectedComponentsWithStats(ink == 0, labels, stats, centres, 4);
    const int outside = labels.at<int>(0, 0);
    for (int region = 1; region < regions; ++region)
        if (region != outside && stats.at<int>(region, cv::CC_STAT_AREA) >= kLeastHole_px) return true;
    return false;
}

}  // namespace

struct HarvestJudge::Held {
    std::vector<Share> shares;  // largest first
    int ink_px = 0;
    double of_candidate(const Share& share) const { return static_cast<double>(share.ink_px) / std::max(ink_px, 1); }
};

HarvestJudge::HarvestJudge(const PageTruth& truth, const Marks& marks, TileView view)
    : truth_(truth), marks_(marks), view_(view), boxes_(truth.things.size()), seen_px_(truth.things.size()) {
    const cv::Mat& labels = marks.labels;
    for (int y = 0; y < labels.rows; ++y)
        for (int x = 0; x < labels.cols; ++x) {
            const auto label = static_cast<std::size_t>(labels.at<int>(y, x));
            if (label >= of_label_.size()) of_label_.resize(label + 1);
            const bool inked = truth.inked.at<std::uint8_t>(y, x) != 0;
            of_label_[label].ink_px += 1;
            count(label, truth.owner.at<short>(y, x) - 1, {x, y}, inked);
            if (const int under = truth.under.at<short>(y, x); under > 0) count(label, under - 1, {x, y}, true);
        }
}

// A pixel that is the thing's.
void HarvestJudge::count(std::size_t label, int thing, cv::Point at, bool inked) {
    if (inked) boxes_[static_cast<std::size_t>(thing)] |= cv::Rect(at, cv::Size(1, 1));
    if (label == 0) return;
    if (thing >= 0) ++seen_px_[static_cast<std::size_t>(thing)];
    auto& shares = of_label_[label].shares;
    auto share = std::find_if(shares.begin(), shares.end(), [&](const Share& s) { return s.thing == thing; });
    if (share == shares.end()) share = shares.insert(shares.end(), {thing, 0, 0});
    ++share->ink_px;
    share->inked_px += inked;
}

HarvestJudge::Held HarvestJudge::held_by(const Candidate& candidate) const {
    Held held;
    for (const int id : candidate.marks) {
        const auto label = static_cast<std::size_t>(marks_.at(id).label);
        if (label >= of_label_.size()) continue;
        held.ink_px += of_label_[label].ink_px;
        for (const Share& more : of_label_[label].shares) {
            const auto same = std::find_if(held.shares.begin(), held.shares.end(),
                                           [&](const Share& s) { return s.thing == more.thing; });
            if (same == held.shares.end()) {
                held.shares.push_back(more);
            } else {
                same->ink_px += more.ink_px;
                same->inked_px += more.inked_px;
            }
        }
    }
    std::stable_sort(held.shares.begin(), held.shares.end(),
                     [](const Share& a, const Share& b) { return a.ink_px > b.ink_px; });
    return held;
}

std::optional<HarvestLabel> HarvestJudge::judge(const Candidate& candidate) const {
    const Held held = held_by(candidate);
    double of_digits = 0;
    for (const Share& share : held.shares)
        if (share.thing >= 0 && truth_.things[static_cast<std::size_t>(share.thing)].digit >= 0)
            of_digits += held.of_candidate(share);
    if (of_digits <= kNothing) return judge_rest(held);
    return judge_digits(held, candidate);
}

std::optional<HarvestLabel> HarvestJudge::judge_digits(const Held& held, const Candidate& candidate) const {
    int digits = 0;            // of which there is a good part
    double others = 0;         // of the candidate's ink: no digit's
    double largest = 0;        // share of the candidate that is the one digit's
    double seen = 0, all = 0;  // shares of that digit's ink
    double second = 0;         // of the candidate's ink: the next digit's
    bool ones = false;
    const Share* one = nullptr;
    for (const Share& share : held.shares) {
        const double of_candidate = held.of_candidate(share);
        if (share.thing < 0 || truth_.things[static_cast<std::size_t>(share.thing)].digit < 0) {
            others += of_candidate;
            continue;
        }
        const auto at = static_cast<std::size_t>(share.thing);
        const double of_seen = static_cast<double>(share.ink_px) / std::max(seen_px_[at], 1);
        if (of_seen >= kOfEach && of_candidate >= kOfMixed) {
            ++digits;
            ones |= truth_.things[at].digit == 1;
        }
        if (of_candidate <= largest) {
            second = std::max(second, of_candidate);
            continue;
        }
        second = largest;
        largest = of_candidate;
        one = &share;
        seen = of_seen;
        all = static_cast<double>(share.inked_px) / std::max(truth_.things[at].ink_px, 1);
    }
    const auto thing = static_cast<std::size_t>(one->thing);
    if (seen >= kWhole && all >= kReadable && largest >= 1 - kForeign && boxes_agree(candidate.box, boxes_[thing])) {
        return HarvestLabel{kind_of(candidate), truth_.things[thing].digit};
    }
    if (digits >= 2) {
        // A 1 that lies over its neighbour may make another digit of it.
        if (ones && view_ == TileView::alone && candidate.box.width < kNarrow * candidate.box.height) return {};
        if (seen >= kWhole && second < kBesideWhole) return {};
        return HarvestLabel{HarvestKind::mixed, kNoDigit};
    }
    if (digits == 1 && others >= kOfEach && others >= 1 - kMostly && largest + others >= kPure && seen < kWhole)
        return HarvestLabel{HarvestKind::mixed, kNoDigit};
    if (view_ == TileView::context) {
        if (largest < kPure || seen >= kPartInContext) return {};
        return HarvestLabel{HarvestKind::part, kNoDigit};
    }
    if (largest < kPure || seen >= kPart || all >= kPart) return {};
    if (candidate.box.area() >= kPartArea * boxes_[thing].area()) return {};
    if (is_digit_too(truth_.things[thing].digit, candidate.box, boxes_[thing])) return {};
    return HarvestLabel{HarvestKind::part, kNoDigit};
}

HarvestJudge::Match HarvestJudge::best_match(const Candidate& candidate) const {
    const Held held = held_by(candidate);
    for (const Share& share : held.shares) {  // the first digit has most ink
        if (share.thing < 0) continue;
        const auto at = static_cast<std::size_t>(share.thing);
        const Thing& thing = truth_.things[at];
        if (thing.digit < 0) continue;
        if (share.inked_px < kReadable * thing.ink_px || share.ink_px < kNearlyWhole * seen_px_[at]) return {};
        return {share.thing,
                static_cast<double>(share.ink_px) / (held.ink_px + seen_px_[at] - share.ink_px),
                {kind_of(candidate), thing.digit}};
    }
    return {};
}

std::optional<HarvestLabel> HarvestJudge::judge_rest(const Held& held) const {
    double clear = 0, unclear = 0, lines = 0;
    bool part_of_sign = false;
    for (const Share& share : held.shares) {
        const double of_candidate = held.of_candidate(share);
        if (share.thing < 0) continue;
        const auto at = static_cast<std::size_t>(share.thing);
        const Thing& thing = truth_.things[at];
        if (thing.sign == 0) {
            lines += of_candidate;
            continue;
        }
        const bool whole = share.ink_px >= kSignWhole * seen_px_[at];
        part_of_sign |= !whole && view_ == TileView::alone;
        const bool is_clear = is_clear_sign(thing, truth_) || (view_ == TileView::context && !thing.beneath);
        (is_clear ? clear : unclear) += of_candidate;
    }
    if (clear >= kMostly && !part_of_sign) return HarvestLabel{HarvestKind::sign, kNoDigit};
    if (clear + unclear > kNothing) return {};
    return HarvestLabel{lines >= 0.5 ? HarvestKind::line : HarvestKind::scenery, kNoDigit};
}

bool is_upright_stroke(const Tile& tile) {
    const cv::Mat ink = largest_piece(ink_of(tile));
    const cv::Moments m = cv::moments(ink, true);
    if (m.m00 < 1) return true;  // nothing to be learned from
    const double xx = m.mu20 / m.m00, yy = m.mu02 / m.m00, xy = m.mu11 / m.m00;
    const double mean = (xx + yy) / 2, spread = std::hypot((xx - yy) / 2, xy);
    const double breadth = std::sqrt(std::max(0.0, mean - spread)), length = std::sqrt(mean + spread);
    const double lean_deg = std::abs(90 - std::abs(0.5 * std::atan2(2 * xy, xx - yy) * 180 / CV_PI));
    if (lean_deg > kUpright_deg) return false;
    if (breadth < kStroke * length) return true;
    std::vector<cv::Point> points;
    cv::findNonZero(ink, points);
    const cv::RotatedRect box = cv::minAreaRect(points);
    return breadth < kBar * length && m.m00 > kSolid * (box.size.width + 1) * (box.size.height + 1);
}

bool encloses_white(const Tile& tile) {
    cv::Mat ink;
    cv::copyMakeBorder(ink_of(tile), ink, kGap_px, kGap_px, kGap_px, kGap_px, cv::BORDER_CONSTANT, cv::Scalar(0));
    if (has_hole(ink)) return true;
    cv::morphologyEx(ink, ink, cv::MORPH_CLOSE, cv::getStructuringElement(cv::MORPH_ELLIPSE, {kGap_px, kGap_px}));
    return has_hole(ink);
}

bool looks_like_digit(const Tile& tile, HarvestKind kind) {
    switch (kind) {
        case HarvestKind::whole:
        case HarvestKind::joined:
        case HarvestKind::cut:
        case HarvestKind::mixed:
            return false;
        case HarvestKind::sign:
            return is_upright_stroke(tile);
        case HarvestKind::part:
        case HarvestKind::line:
        case HarvestKind::scenery:
            break;
    }
    return is_upright_stroke(tile) || encloses_white(tile);
}

}  // namespace chiffre::training
