// segment.cpp -- ink -> marks: connected components, less those that by size, shape or place cannot be a digit or a
// part of one. Every limit is a multiple of the typical height of the marks, which is measured first.
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <numeric>

#include "bleed.h"
#include "components.h"
#include "cut.h"
#include "join.h"
#include "line_pieces.h"
#include "lines.h"
#include "pieces.h"
#include "stages.h"

namespace chiffre {
namespace {

constexpr int kLeastDigit_px = 7;      // a lower digit cannot be read
constexpr double kSpeckHeight = 0.22;  // of the typical height, both sides: lower and narrower is a speck
constexpr double kTallest = 4.5;       // of the typical height: taller is no digit of this page
constexpr double kWidest = 4.0;        // of the typical height: wider is no digit, nor a few that touch
constexpr double kLineAspect = 11.2;   // longer than this many times its thickness is a ruled line ...
constexpr double kLineLength = 1.8;    // ... where it is also longer than this many typical heights
constexpr double kFlat = 2.5;          // ... and either this many times wider than high, or this many heights long
constexpr double kElongated = 25;      // length squared per ink: a thin line more than a thin digit
constexpr double kPageLine = 0.6;      // of the picture's width or height: as long as a ruled line ...
constexpr int kRuledLines = 3;         // ... of which a ruled page has this many
constexpr double kThickestLine = 0.1;  // of the typical height: a thicker run of ink is no line's
constexpr double kBridge = 0.12;       // of the typical height: gaps in dotted and grainy lines
constexpr double kPageBridge = 0.01;   // of the shortest line that counts: the same where that height is not known
constexpr double kCrumb = 0.25;        // of a line's least length: a shorter piece is no digit
constexpr double kSlim = 6;            // length to thickness: a slimmer piece may be part of a line
constexpr int kLineScale_px = 80;      // typical height at which lines are looked for: grain is gone, lines are not
constexpr int kLineRounds = 3;         // lines that join the writing go first, then its height is known
constexpr double kSameHeight = 0.8;    // a typical height this many times the last one is the same
constexpr double kNarrowestDigit = 0.1, kWidestDigit = 1.3;  // width to height
constexpr double kFrameShare = 0.2;                          // of the picture's side: a frame is at least as large
constexpr double kBorderShare = 0.3;   // of the picture's side: what touches the border and is longer is no writing
constexpr double kBorderAspect = 8;    // longer than this many times its width at the border: the edge of something
constexpr int kFrameHeights = 25;      // digits in a frame are at least this part of its height ...
constexpr int kFrameContents = 4;      // ... and at least this many
constexpr double kContentHeight = 2;   // ... and at least this many of its strokes wide
constexpr std::size_t kCompany = 4;    // free pieces of writing that a piece at the border is judged by
constexpr double kLikeHeight = 1.5;    // times or part of their height, and ...
constexpr double kLikeStroke = 1.6;    // ... of their strokes' width: like them
constexpr double kBoldest = 2.0;       // of their strokes' width: bolder is no writing
constexpr double kHairline = 0.55;     // of their strokes' width: a straight piece that is thinner is no stroke
constexpr double kBorderWidth = 0.6;   // of the picture's: at the border, wider is no writing
constexpr double kBorderHeight = 0.9;  // of the picture's: at the border, taller is no writing
constexpr double kSliver = 0.1;        // width to length: a thin piece
constexpr double kSolid = 0.75;        // ink per box area: the edge of a table or a shadow, not strokes

// Large, thin in itself, and other sizeable components stand within it, higher than its own strokes are wide: a frame,
// a table, a sudoku grid.
bool is_frame(const Component& c, const std::vector<Component>& all, const cv::Mat& labels) {
    if (c.box.width < kFrameShare * labels.cols && c.box.height < kFrameShare * labels.rows) return false;
    if (fill(c) > 0.5) return false;
    const double least = std::max<double>(
        {kLeastDigit_px, static_cast<double>(c.box.height) / kFrameHeights, kContentHeight * stroke_px(c, labels)});
    const auto inside = std::count_if(all.begin(), all.end(), [&](const Component& other) {
        return other.label != c.label && (other.box & c.box) == other.box && other.box.height >= least;
    });
    return inside >= kFrameContents;
}

bool is_border_piece(const Component& c, cv::Size size) {
    if (!touches_border(c.box, size)) return false;
    const int longer = std::max(c.box.width, c.box.height), shorter = std::min(c.box.width, c.box.height);
    if (longer > kBorderAspect * shorter) return true;
    const bool long_one = c.box.width > kBorderShare * size.width || c.box.height > kBorderShare * size.height;
    return long_one &&
           (fill(c) > kSolid || c.box.width > kBorderWidth * size.width || c.box.height > kBorderHeight * size.height ||
            c.box.width < kSliver * c.box.height || c.box.height < kSliver * c.box.width);
}

bool is_elongated(const Component& c) {
    const double longer = std::max(c.box.width, c.box.height), shorter = std::min(c.box.width, c.box.height);
    return longer * longer > kElongated * c.area && shorter < kSliver * longer;
}

// Half of the ink of all components that `counts` accepts lies in those of at least this height; 0 where it accepts
// none.
template <typename Counts, typename Weight>
double median_height(const std::vector<Component>& components, Counts&& counts, Weight&& weight) {
    std::vector<const Component*> sorted;
    double total = 0;
    for (const Component& c : components) {
        if (c.box.height < kLeastDigit_px || !counts(c)) continue;
        sorted.push_back(&c);
        total += weight(c);
    }
    std::sort(sorted.begin(), sorted.end(), [](const Component* a, const Component* b) {
        return a->box.height != b->box.height ? a->box.height < b->box.height : a->label < b->label;
    });
    double sum = 0;
    for (const Component* c : sorted)
        if ((sum += weight(*c)) >= total / 2) return c->box.height;
    return 0;
}

bool is_digit_like(const Component& c) {
    return c.box.width <= kWidestDigit * c.box.height && c.box.width >= kNarrowestDigit * c.box.height &&
           !is_elongated(c) && (fill(c) < kSolid || 2 * c.box.width < c.box.height);
}

// Of the pieces that are shaped as a digit may be: what is joined by a frame or a grid is not.
double digit_like_height(const std::vector<Component>& components, const cv::Mat& labels) {
    return median_height(
        components,
        [&](const Component& c) {
            return c.box.width <= kWidestDigit * c.box.height && c.box.width >= kNarrowestDigit * c.box.height &&
                   !is_elongated(c) && !touches_border(c.box, labels.size()) && !is_frame(c, components, labels) &&
                   (fill(c) < kSolid || 2 * c.box.width < c.box.height);
        },
        [](const Component& c) { return c.area; });
}

// The sides of a frame would outweigh the writing, so what looks like a line counts only where there is nothing else:
// it may be all ones.
double typical_height(const std::vector<Component>& components, const cv::Mat& labels) {
    if (const double height = digit_like_height(components, labels); height > 0) return height;
    const double height = median_height(
        components, [](const Component& c) { return !is_elongated(c); }, [](const Component& c) { return c.area; });
    return height > 0 ? height
                      : median_height(
                            components, [](const Component& c) { return c.box.width < c.box.height; },
                            [](const Component& c) { return c.area; });
}

// A stroke of a digit is shorter than a few typical heights. Where lines run through all the writing, its height cannot
// be told from the components: then lines as long as the page count, if there are several; one may be a large digit's.
LineRule line_rule(const std::vector<Component>& all, const cv::Mat& labels, const Segments& segments) {
    const double height = std::max(digit_like_height(all, labels), segments.height_px);
    const double beyond_digits = kLineLength * height;
    const double across = kPageLine * labels.cols, down = kPageLine * labels.rows;
    if (beyond_digits > 0 && beyond_digits <= std::min(across, down))
        return {static_cast<int>(beyond_digits),
                static_cast<int>(beyond_digits),
                1,
                static_cast<int>(kBridge * height),
                static_cast<int>(kThickestLine * height),
                std::max(1, static_cast<int>(height / kLineScale_px))};
    return {static_cast<int>(across),
            static_cast<int>(down),
            kRuledLines,
            static_cast<int>(kPageBridge * std::min(across, down)),
            0,
            1};
}

bool may_hold_line(const Component& c, const LineRule& rule) {
    return (c.box.width >= rule.least_width_px || c.box.height >= rule.least_height_px) && fill(c) < 0.5;
}

// Dotted and faint lines fall into pieces: whether the pieces too slim or too small for digits would make up the fewest
// lines that count.
bool may_hold_broken_lines(const std::vector<Component>& all, const LineRule& rule) {
    const int least_length = std::min(rule.least_width_px, rule.least_height_px);
    double length = 0;
    for (const Component& c : all) {
        const int longer = std::max(c.box.width, c.box.height), shorter = std::min(c.box.width, c.box.height);
        if (longer < kCrumb * least_length || longer > kSlim * shorter) length += longer;
    }
    return length >= kRuledLines * least_length;
}

bool is_line(const Component& c, double height) {
    const double longer = std::max(c.box.width, c.box.height), thickness = c.area / longer;
    return longer > kLineLength * height && longer > kLineAspect * thickness &&
           (c.box.width > kFlat * c.box.height || longer > kFlat * height);
}

// `highest` is of the largest kind of digits, where there are several.
bool may_be_digit_or_part(const Component& c, double height, double highest) {
    const int longer = std::max(c.box.width, c.box.height);
    return longer >= kSpeckHeight * height && longer >= 4 && c.box.height <= kTallest * highest &&
           c.box.width <= kWidest * highest && !is_line(c, highest);
}

// What a piece at the border is judged by: the writing that stands free.
struct Company {
    double height_px = 0, stroke_px = 0;  // medians; the stroke is 0 where there is too little of it
    bool is_as_high(const Component& c) const {
        return c.box.height > height_px / kLikeHeight && c.box.height < height_px * kLikeHeight;
    }
    bool is_as_bold(double stroke) const {
        return stroke > stroke_px / kLikeStroke && stroke < stroke_px * kLikeStroke;
    }
};

Company company_of(const std::vector<Component>& pieces, const cv::Mat& labels) {
    if (pieces.size() < kCompany) return {};
    std::vector<double> heights, strokes;
    for (const Component& c : pieces) {
        heights.push_back(c.box.height);
        strokes.push_back(stroke_px(c, labels));
    }
    const auto middle = static_cast<std::ptrdiff_t>(pieces.size() / 2);
    std::nth_element(heights.begin(), heights.begin() + middle, heights.end());
    std::nth_element(strokes.begin(), strokes.begin() + middle, strokes.end());
    return {heights[middle], strokes[middle]};
}

// The free pieces of about the typical height; in a picture cut close to its digits all pieces that may be one. There
// half of the ink lies in digits, however many crumbs lie between them.
Company company_of(const std::vector<Component>& all, const cv::Mat& labels, double height) {
    std::vector<Component> free, digit_like;
    const double close = median_height(all, is_digit_like, [](const Component& c) { return c.area; });
    const auto is_as_high = [](const Component& c, double typical) {
        return c.box.height > typical / 2 && c.box.height < typical * 2;
    };
    for (const Component& c : all) {
        if (c.box.height < kLeastDigit_px || !is_digit_like(c)) continue;
        if (is_as_high(c, close)) digit_like.push_back(c);
        if (is_as_high(c, height) && !touches_border(c.box, labels.size())) free.push_back(c);
    }
    Company company = company_of(free.size() < kCompany ? digit_like : free, labels);
    if (company.stroke_px == 0) company.height_px = close;
    return company;
}

// At the border: a piece as high and bold as the writing is a digit cut close; one that is much bolder is scenery.
bool is_scenery(const Component& c, const cv::Mat& labels, const Company& company) {
    if (!touches_border(c.box, labels.size())) return false;
    const bool by_shape = is_border_piece(c, labels.size());
    if (company.stroke_px == 0) return by_shape && !(is_digit_like(c) && company.is_as_high(c));
    const double stroke = stroke_px(c, labels);
    if (stroke > kBoldest * company.stroke_px) return true;
    return by_shape && !(company.is_as_high(c) && company.is_as_bold(stroke) && !is_elongated(c));
}

// A straight piece much thinner than the strokes of the writing: the edge of a box or a piece of ruling beside it.
bool is_hairline(const Component& c, const cv::Mat& labels, const Company& company) {
    const int longer = std::max(c.box.width, c.box.height), shorter = std::min(c.box.width, c.box.height);
    if (company.stroke_px == 0 || longer < kSlim * shorter) return false;
    return stroke_px(c, labels) < kHairline * company.stroke_px;
}

Marks select_marks(const cv::Mat& labels, const std::vector<Component>& all, const cv::Mat& bands,
                   const StageParts& parts) {
    Marks marks;
    marks.labels = labels;
    marks.bands = bands;
    std::vector<Component> writing;
    const double digit_like = digit_like_height(all, labels);
    const std::vector<char> of_line = line_pieces(all, labels, bands);
    const std::vector<char> dashes = parts.lines ? dashes_of_lines(all, digit_like) : std::vector<char>(all.size(), 0);
    const Company company = parts.free_writing ? company_of(all, labels, digit_like) : Company{};
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Component& c = all[i];
        if (of_line[i] || dashes[i] || is_scenery(c, labels, company) || is_frame(c, all, labels) ||
            is_hairline(c, labels, company))
            marks.dropped.push_back(c.box);
        else
            writing.push_back(c);
    }
    const double height = typical_height(writing, labels);
    const double highest = std::max(height, segments_of(writing, labels).height_px);
    for (const Component& c : writing) {
        if (may_be_digit_or_part(c, height, highest))
            marks.marks.push_back({c.box, c.area, c.label});
        else
            marks.dropped.push_back(c.box);
    }
    marks.digit_height_px = static_cast<float>(height);
    return marks;
}

double typical_height(const Marks& marks) {
    std::vector<Component> whole;
    for (const Mark& mark : marks.marks) whole.push_back({mark.box, mark.area_px, mark.label});
    return typical_height(whole, marks.labels);
}

void paint(cv::Mat& mask, const Segments& segments, const cv::Mat& labels, int value) {
    for (const Component* bar : segments.bars) mask(bar->box).setTo(value, labels(bar->box) == bar->label);
}

// From what is left where lines were taken out.
Marks marks_of(const cv::Mat& labels, const std::vector<Component>& all, const cv::Mat& bands, const Ink& ink,
               const StageParts& parts) {
    Marks marks = select_marks(labels, all, bands, parts);
    drop_bleed_through(marks, ink);
    if (parts.joins) join_broken(marks, [](const Marks& joined) { return typical_height(joined); });
    if (parts.cuts) propose_cuts(marks, ink, static_cast<int>(all.size()));
    return marks;
}

}  // namespace

Marks segment(const Ink& ink, const StageParts& parts) {
    cv::Mat labels, bands, loss, mask = ink.mask;
    std::vector<Component> all = components(mask, labels);
    for (int round = 0; parts.lines && round < kLineRounds; ++round) {
        const Segments segments = segments_of(all, labels);
        LineRule rule = line_rule(all, labels, segments);
        if (std::none_of(all.begin(), all.end(), [&](const Component& c) { return may_hold_line(c, rule); })) {
            if (!may_hold_broken_lines(all, rule)) break;
            rule.least_count = kRuledLines;  // fewer may be strokes of digits in a row
        }
        cv::Mat without = mask.clone();
        if (loss.empty()) loss = light_loss(ink);
        // The level bars of a row of digits would make a line, with gaps no wider than a stroke that crosses it.
        paint(without, segments, labels, 0);
        const Lines lines = remove_lines(without, loss, rule);
        if (lines.count == 0) break;
        paint(without, segments, labels, 255);
        mask = without;
        bands = bands.empty() ? lines.bands : cv::Mat(bands | lines.bands);
        all = components(mask, labels);
        if (line_rule(all, labels, segments_of(all, labels)).least_width_px >= kSameHeight * rule.least_width_px) break;
    }
    return marks_of(labels, all, bands, ink, parts);
}

Marks segment_without_lines(const Ink& ink, const cv::Mat& bands, const StageParts& parts) {
    cv::Mat labels;
    const std::vector<Component> all = components(ink.mask, labels);
    return marks_of(labels, all, bands, ink, parts);
}

}  // namespace chiffre
