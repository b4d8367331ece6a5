// layout.cpp -- digits are set as close as their outlines allow, not their boxes: slanted writing interlocks.
#include "synthesis/layout.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace chiffre::synthesis {

namespace {

constexpr float kGroupGapLow = 1.3f, kGroupGapHigh = 2.0f;  // digit heights: clearly wider than any gap in a group
constexpr float kRowGapLow = 0.35f, kRowGapHigh = 1.0f;     // digit heights of white between the ink of two rows
constexpr float kDeepestInterlock = 0.12f;                  // digit heights by which two boxes may overlap
// How far the ink of a row reaches to the right, per slice of height, so that the next digit can be set against it.
class Frontier {
  public:
    // The smallest shift at which `strokes` keep the distance `white` from all ink so far.
    float shift(const std::vector<PenPoint>& points, float white) const {
        float least = 0;
        for (const PenPoint& p : points)
            for (int i = slice(p.y - p.radius - white); i <= slice(p.y + p.radius + white); ++i)
                least = std::max(least, right_[i] + white - (p.x - p.radius));
        return least;
    }
    void add(const std::vector<PenPoint>& points, float x) {
        for (const PenPoint& p : points)
            for (int i = slice(p.y - p.radius); i <= slice(p.y + p.radius); ++i)
                right_[i] = std::max(right_[i], x + p.x + p.radius);
    }

  private:
    static constexpr int kSlices = 48;  // from 1 height above the digit to 1 below
    static int slice(float y) { return std::clamp(static_cast<int>((y + 1) / 3 * kSlices), 0, kSlices - 1); }

    std::array<float, kSlices> right_{};
};

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

// For each character whether it touches the one before. Where any can, at least one does.
std::vector<bool> draw_joins(const std::string& text, Joining joining, Random& random) {
    std::vector<bool> joins(text.size(), false);
    const auto neighbours = [&](std::size_t i) {
        return i > 0 && i < text.size() && is_digit(text[i - 1]) && is_digit(text[i]);
    };
    const std::size_t links = joining == Joining::triples ? 2 : 1;  // of the longest chain
    std::vector<std::size_t> starts;                                // of chains of that many
    for (std::size_t i = 1; i < text.size(); ++i)
        if (neighbours(i) && (links == 1 || neighbours(i + 1))) starts.push_back(i);
    if (joining == Joining::none || starts.empty()) return joins;
    const std::size_t first = starts[static_cast<std::size_t>(random.below(static_cast<int>(starts.size())))];
    const auto join = [&](std::size_t from) {
        for (std::size_t i = from; i < from + links; ++i) joins[i] = true;
    };
    constexpr float kChance = 0.4f;
    for (const std::size_t start : starts) {
        // Apart from the chain before and from the one that is certain.
        const bool free = !joins[start - 1] && !joins[start] && (start + links < first || start > first + links);
        if (start == first || (free && random.chance(kChance))) join(start);
    }
    return joins;
}

// The largest shift of `b` to the right at which its ink overlaps that of `a` by `depth`, measured between two points
// of the pen; none where nothing of them is at the same height.
std::optional<float> touching_shift(const std::vector<PenPoint>& a, const std::vector<PenPoint>& b, float depth) {
    std::optional<float> shift;
    for (const PenPoint& p : a)
        for (const PenPoint& q : b) {
            const float reach = p.radius + q.radius - depth, dy = q.y - p.y;
            if (reach <= 0 || std::abs(dy) >= reach) continue;
            const float at = p.x - q.x + std::sqrt(reach * reach - dy * dy);
            shift = std::max(shift.value_or(at), at);
        }
    return shift;
}

// Where the pen stands in a row.
struct Pen {
    Frontier frontier;
    float right = 0;         // of the boxes so far
    float origin = 0;        // of the next sign, where the script has advances
    float last_digit = 0;    // right end of the last digit
    char before = 0;         // the last character
    bool space = false;      // since that character
    bool any_space = false;  // since the last digit
};

float gap_for(const Pen& pen, bool digit, Random& random) {
    constexpr float kWordGapLow = 0.5f, kWordGapHigh = 0.9f;  // digit heights between a digit and a word
    return digit && is_digit(pen.before) ? random.uniform(kGroupGapLow, kGroupGapHigh)
                                         : random.uniform(kWordGapLow, kWordGapHigh);
}

// Where the next sign stands.
float next_place(const Pen& pen, const Sign& sign, const std::vector<PenPoint>& points, bool digit, bool first_digit,
                 const Script& script, Random& random) {
    float x = pen.origin;
    if (sign.advance > 0) {
        if (pen.space) x += gap_for(pen, digit, random);
    } else {
        const float white = script.spacing * random.uniform(0.8f, 1.3f);
        x = pen.before == 0 ? 0 : std::max(pen.frontier.shift(points, white), pen.right - kDeepestInterlock);
        if (pen.space) x = std::max(x, pen.right + gap_for(pen, digit, random));
    }
    // A group is a group whatever stands between it and the last one.
    const bool wide = digit && !first_digit && pen.any_space;
    return wide ? std::max(x, pen.last_digit + kGroupGapLow) : x;
}

}  // namespace

LaidRow draw_row(const std::string& text, float slope, const Script& script, Joining joining, Random& random,
                 Random& joins) {
    constexpr float kDeeper = 0.15f;  // share of touching digits that overlap
    LaidRow row;
    Pen pen;
    const std::vector<bool> joined = draw_joins(text, joining, joins);
    std::vector<PenPoint> last;  // of the last digit, in its own coordinates
    float last_x = 0, last_lift = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char letter = text[i];
        if (letter == ' ') {
            pen.space = pen.any_space = true;
            continue;
        }
        const Sign sign = script.draw(letter, random);
        const std::vector<PenPoint> points = edge_points(sign.shape);
        if (points.empty()) continue;
        const bool digit = is_digit(letter);
        float x = next_place(pen, sign, points, digit, row.digits.empty(), script, random), lift = slope * x;
        bool touches = false;
        if (joined[i]) {
            float width = 0;
            for (const PenPoint& p : points) width = std::max(width, 2 * p.radius);
            const auto shift = touching_shift(last, points, width * joins.uniform(0.25f, 0.7f));
            const float deeper = joins.chance(kDeeper) ? joins.uniform(0.0f, 0.06f) : 0;
            if (shift) x = last_x + *shift - deeper, lift = last_lift, touches = true;
        }
        const float right = ink_box(placed(sign.shape, 1, {x, 0})).br().x;
        pen.frontier.add(points, x);
        pen.right = std::max(pen.right, right);
        pen.origin = x + sign.advance;
        pen.before = letter, pen.space = false;
        Shape set = placed(sign.shape, 1, {x, lift});
        set.sign = letter;
        if (digit) {
            row.digits.push_back({letter - '0', pen.any_space && !row.digits.empty(), set, touches});
            pen.last_digit = right, pen.any_space = false;
            last = points, last_x = x, last_lift = lift;
            if (sign.unlit.outlines.empty()) continue;
            row.unlit.push_back(placed(sign.unlit, 1, {x, lift}));
            row.unlit.back().sign = '8';
        } else {
            row.marks.push_back(set);
        }
    }
    row.width = std::max(pen.right, pen.origin);
    return row;
}

cv::Rect2f box_of(const LaidRow& row) {
    cv::Rect2f box;
    for (const WrittenDigit& written : row.digits) box |= ink_box(written.shape);
    for (const Shape& mark : row.marks) box |= ink_box(mark);
    return box;
}

void move(LaidRow& row, cv::Point2f by) {
    for (WrittenDigit& written : row.digits) written.shape = placed(written.shape, 1, by);
    for (Shape& mark : row.marks) mark = placed(mark, 1, by);
    for (Shape& segments : row.unlit) segments = placed(segments, 1, by);
}

Layout draw_layout(const std::vector<std::string>& texts, const LayoutRules& rules, const Script& script,
                   Random& random, Random& own) {
    Layout layout;
    const bool right_aligned = random.chance(0.3f);
    const float slope = random.symmetric(0.01f), white = random.uniform(kRowGapLow, kRowGapHigh);
    const float climb = rules.slanted ? own.symmetric(0.12f) : 0;
    float bottom = 0;
    for (const std::string& text : texts) {
        float row_slope = slope + random.symmetric(0.006f);
        if (rules.slanted) row_slope += climb + own.symmetric(0.05f);
        LaidRow row = draw_row(text, row_slope, script, rules.joining, random, own);
        const cv::Rect2f box = box_of(row);
        float y = layout.rows.empty() ? 0 : bottom + white * random.uniform(0.85f, 1.15f) - box.y;
        if (rules.line_pitch > 0) y = rules.line_pitch * std::ceil(y / rules.line_pitch);
        move(row, {(right_aligned ? -box.br().x : -box.x) + random.symmetric(0.15f), y});
        bottom = y + box.br().y;
        layout.baselines.push_back(y + 1);
        layout.box |= box_of(row);
        layout.rows.push_back(std::move(row.digits));
        layout.marks.insert(layout.marks.end(), row.marks.begin(), row.marks.end());
        layout.unlit.insert(layout.unlit.end(), row.unlit.begin(), row.unlit.end());
    }
    return layout;
}

}  // namespace chiffre::synthesis
