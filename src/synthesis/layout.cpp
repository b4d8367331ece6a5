// layout.cpp -- digits are set as close as their outlines allow, not their boxes: slanted writing interlocks.
#include "synthesis/layout.h"

#include <algorithm>
#include <cmath>

namespace chiffre::synthesis {

namespace {

constexpr float kGroupGapLow = 1.3f, kGroupGapHigh = 2.0f;  // digit heights: clearly wider than any gap in a group
constexpr float kRowGapLow = 0.35f, kRowGapHigh = 1.0f;     // digit heights of white between the ink of two rows
constexpr float kDeepestInterlock = 0.12f;                  // digit heights by which two boxes may overlap
constexpr int kLongestGroup = 5;

int integer(Range range, Random& random) {
    return range.low + random.below(range.high - range.low + 1);
}

// How far the ink of a row reaches to the right, per slice of height, so that the next digit can be set against it.
class Frontier {
  public:
    // The smallest shift at which `strokes` keep the distance `white` from all ink so far.
    float shift(const std::vector<Stroke>& strokes, float white) const {
        float least = 0;
        for (const Stroke& stroke : strokes)
            for (const PenPoint& p : stroke)
                for (int i = slice(p.y - p.radius - white); i <= slice(p.y + p.radius + white); ++i)
                    least = std::max(least, right_[i] + white - (p.x - p.radius));
        return least;
    }
    void add(const std::vector<Stroke>& strokes) {
        for (const Stroke& stroke : strokes)
            for (const PenPoint& p : stroke)
                for (int i = slice(p.y - p.radius); i <= slice(p.y + p.radius); ++i)
                    right_[i] = std::max(right_[i], p.x + p.radius);
    }

  private:
    static constexpr int kSlices = 48;  // from 1 height above the digit to 1 below
    static int slice(float y) { return std::clamp(static_cast<int>((y + 1) / 3 * kSlices), 0, kSlices - 1); }

    std::array<float, kSlices> right_{};
};

// Sizes of the groups of a row of n digits. Single digits far apart would leave open what is a gap and what is merely
// wide writing, so that a group has at least two.
std::vector<int> draw_groups(int n, Random& random) {
    if (n < 4 || random.chance(n <= kLongestGroup ? 0.6f : 0.25f)) return {n};
    std::vector<int> groups;
    for (int left = n; left > 0; left -= groups.back()) {
        const int size = integer({2, kLongestGroup}, random);
        groups.push_back(left - size < 2 ? left : size);
    }
    return groups;
}

// A row whose first baseline point is at (0, 1).
WrittenRow draw_row(int n, float slope, const Hand& hand, Random& random) {
    WrittenRow row;
    Frontier frontier;
    float right = 0;  // of the boxes so far
    for (const int size : draw_groups(n, random)) {
        const float gap = random.uniform(kGroupGapLow, kGroupGapHigh);
        for (int i = 0; i < size; ++i) {
            WrittenDigit written;
            written.digit = random.below(10);
            written.starts_group = i == 0 && !row.empty();
            const std::vector<Stroke> strokes = draw_digit(written.digit, hand, random);
            const float white = hand.spacing * random.uniform(0.8f, 1.3f);
            float x = row.empty() ? 0 : std::max(frontier.shift(strokes, white), right - kDeepestInterlock);
            if (written.starts_group) x = std::max(x, right + gap);
            written.strokes = placed(strokes, 1, {x, 0});
            frontier.add(written.strokes);
            right = std::max(right, ink_box(written.strokes).br().x);
            written.strokes = placed(written.strokes, 1, {0, slope * x});
            row.push_back(std::move(written));
        }
    }
    return row;
}

cv::Rect2f box_of(const WrittenRow& row) {
    cv::Rect2f box;
    for (const WrittenDigit& written : row) box |= ink_box(written.strokes);
    return box;
}

void move(WrittenRow& row, cv::Point2f by) {
    for (WrittenDigit& written : row) written.strokes = placed(written.strokes, 1, by);
}

}  // namespace

Layout draw_layout(const LayoutOptions& options, const Hand& hand, Random& random) {
    Layout layout;
    const int rows = integer(options.rows, random);
    const bool same_length = random.chance(0.5f), right_aligned = random.chance(0.3f);
    const float slope = random.symmetric(0.01f), white = random.uniform(kRowGapLow, kRowGapHigh);
    int digits = integer(options.digits, random);
    float bottom = 0;
    for (int i = 0; i < rows; ++i) {
        if (!same_length) digits = integer(options.digits, random);
        WrittenRow row = draw_row(digits, slope + random.symmetric(0.006f), hand, random);
        const cv::Rect2f box = box_of(row);
        float y = i == 0 ? 0 : bottom + white * random.uniform(0.85f, 1.15f) - box.y;
        if (options.line_pitch > 0) y = options.line_pitch * std::ceil(y / options.line_pitch);
        move(row, {(right_aligned ? -box.br().x : -box.x) + random.symmetric(0.15f), y});
        bottom = y + box.br().y;
        layout.baselines.push_back(y + 1);
        layout.box |= box_of(row);
        layout.rows.push_back(std::move(row));
    }
    return layout;
}

}  // namespace chiffre::synthesis
