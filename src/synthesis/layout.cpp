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

// n digits. Single digits far apart would leave open what is a gap and what is merely wide writing, so that a group has
// at least two.
std::string draw_text(int n, Random& random) {
    const bool one_group = n < 4 || random.chance(n <= kLongestGroup ? 0.6f : 0.25f);
    std::string text;
    for (int left = n; left > 0;) {
        int size = one_group ? n : integer({2, kLongestGroup}, random);
        if (left - size < 2) size = left;
        if (!text.empty()) text += ' ';
        for (int i = 0; i < size; ++i) text += static_cast<char>('0' + random.below(10));
        left -= size;
    }
    return text;
}

// A row whose first baseline point is at (0, 1).
WrittenRow draw_row(const std::string& text, float slope, const Hand& hand, Random& random) {
    WrittenRow row;
    Frontier frontier;
    float right = 0;  // of the boxes so far
    bool gap = false;
    for (const char letter : text) {
        if (letter == ' ') {
            gap = true;
            continue;
        }
        const std::vector<Stroke> strokes = draw_digit(letter - '0', hand, random);
        const float white = hand.spacing * random.uniform(0.8f, 1.3f);
        float x = row.empty() ? 0 : std::max(frontier.shift(strokes, white), right - kDeepestInterlock);
        if (gap) x = std::max(x, right + random.uniform(kGroupGapLow, kGroupGapHigh));
        const std::vector<Stroke> set = placed(strokes, 1, {x, 0});
        frontier.add(set);
        right = std::max(right, ink_box(set).br().x);
        row.push_back({letter - '0', gap, placed(set, 1, {0, slope * x})});
        gap = false;
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

std::vector<std::string> draw_texts(Range rows, Range digits, Random& random) {
    std::vector<std::string> texts(static_cast<std::size_t>(integer(rows, random)));
    const bool same_length = random.chance(0.5f);
    const int length = integer(digits, random);
    for (std::string& text : texts) text = draw_text(same_length ? length : integer(digits, random), random);
    return texts;
}

Layout draw_layout(const std::vector<std::string>& texts, float line_pitch, const Hand& hand, Random& random) {
    Layout layout;
    const bool right_aligned = random.chance(0.3f);
    const float slope = random.symmetric(0.01f), white = random.uniform(kRowGapLow, kRowGapHigh);
    float bottom = 0;
    for (const std::string& text : texts) {
        WrittenRow row = draw_row(text, slope + random.symmetric(0.006f), hand, random);
        const cv::Rect2f box = box_of(row);
        float y = layout.rows.empty() ? 0 : bottom + white * random.uniform(0.85f, 1.15f) - box.y;
        if (line_pitch > 0) y = line_pitch * std::ceil(y / line_pitch);
        move(row, {(right_aligned ? -box.br().x : -box.x) + random.symmetric(0.15f), y});
        bottom = y + box.br().y;
        layout.baselines.push_back(y + 1);
        layout.box |= box_of(row);
        layout.rows.push_back(std::move(row));
    }
    return layout;
}

}  // namespace chiffre::synthesis
