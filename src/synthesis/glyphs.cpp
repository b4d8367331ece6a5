// glyphs.cpp -- from the table of forms to ink: the writer bends the form, a spline joins its knots, the pen gives it
// width.
#include "synthesis/glyphs.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "synthesis/allographs.h"

namespace chiffre::synthesis {

namespace {

constexpr int kStepsPerKnot = 10;      // points on the spline between two knots: chords below 2 % of the height
constexpr float kTaperLength = 0.12f;  // digit heights over which a stroke thins towards its ends
constexpr float kMinRadius = 0.35f;    // of the resting radius: a pen that still touches the paper

// Mean 0, standard deviation `sigma`; the sum of three even numbers, so never beyond 3 sigma.
float bell(float sigma, Random& random) {
    return random.symmetric(sigma) + random.symmetric(sigma) + random.symmetric(sigma);
}

// A smooth bend of the whole digit, so that neighbouring knots move together as they do in writing: a quadratic in x
// and y with random coefficients, plus a little freedom for each knot.
class Bend {
  public:
    Bend(float sigma, Random& random) : sigma_(sigma) {
        for (auto& c : coefficients_) c = bell(sigma, random);
    }

    Knot operator()(Knot knot, Random& random) const {
        const float u = 2 * knot.x - 0.5f, v = 2 * knot.y - 1;  // about -1..1 over the digit
        const auto& c = coefficients_;
        knot.x += c[0] * u + c[1] * v + c[2] * u * v + c[3] * v * v + bell(0.6f * sigma_, random);
        knot.y += c[4] * u + c[5] * u * v + c[6] * u * u + bell(0.6f * sigma_, random);
        return knot;
    }

  private:
    float sigma_;
    std::array<float, 7> coefficients_{};
};

// Cubic Hermite spline through the knots from `first` to `last`, tangents as in Catmull and Rom (1974) times roundness.
void append_smooth(const std::vector<Knot>& knots, std::size_t first, std::size_t last, float roundness, Stroke& path) {
    const auto tangent = [&](std::size_t i) {
        const std::size_t a = i == first ? i : i - 1, b = i == last ? i : i + 1;
        const float scale = roundness / static_cast<float>(b - a);
        return cv::Point2f(knots[b].x - knots[a].x, knots[b].y - knots[a].y) * scale;
    };
    for (std::size_t i = first; i < last; ++i) {
        const cv::Point2f p(knots[i].x, knots[i].y), q(knots[i + 1].x, knots[i + 1].y);
        const cv::Point2f m = tangent(i), n = tangent(i + 1);
        for (int step = i == first ? 0 : 1; step <= kStepsPerKnot; ++step) {
            const float t = static_cast<float>(step) / kStepsPerKnot, t2 = t * t, t3 = t2 * t;
            const cv::Point2f at =
                (2 * t3 - 3 * t2 + 1) * p + (t3 - 2 * t2 + t) * m + (3 * t2 - 2 * t3) * q + (t3 - t2) * n;
            path.push_back({at.x, at.y, 0});
        }
    }
}

Stroke spline(const std::vector<Knot>& knots, float roundness) {
    Stroke path;
    std::size_t first = 0;
    for (std::size_t i = 1; i < knots.size(); ++i) {
        if (!knots[i].corner && i + 1 < knots.size()) continue;
        append_smooth(knots, first, i, roundness, path);
        first = i;
    }
    return path;
}

// Two slow waves along the path: the hand is not a machine.
void tremble(Stroke& path, float amplitude, Random& random) {
    constexpr float kWaves[] = {9.0f, 23.0f};  // radians per digit height of path
    float phase[4];
    for (float& p : phase) p = random.uniform(0, 2 * std::numbers::pi_v<float>);
    float length = 0;
    for (std::size_t i = 1; i < path.size(); ++i) {
        length += std::hypot(path[i].x - path[i - 1].x, path[i].y - path[i - 1].y);
        path[i].x +=
            amplitude * (2 * std::sin(kWaves[0] * length + phase[0]) + std::sin(kWaves[1] * length + phase[1]));
        path[i].y +=
            amplitude * (2 * std::sin(kWaves[0] * length + phase[2]) + std::sin(kWaves[1] * length + phase[3]));
    }
}

// Breadth: more on down strokes, less at the ends, slowly changing.
void press(Stroke& path, const Hand& hand, Random& random) {
    std::vector<float> along(path.size(), 0.0f);
    for (std::size_t i = 1; i < path.size(); ++i)
        along[i] = along[i - 1] + std::hypot(path[i].x - path[i - 1].x, path[i].y - path[i - 1].y);
    const float phase = random.uniform(0, 2 * std::numbers::pi_v<float>);
    const float start_taper = hand.taper * random.uniform(), end_taper = hand.taper * random.uniform(0.5f, 1.0f);
    for (std::size_t i = 0; i < path.size(); ++i) {
        const std::size_t a = i == 0 ? 0 : i - 1, b = std::min(i + 1, path.size() - 1);
        const float dx = path[b].x - path[a].x, dy = path[b].y - path[a].y;
        const float down = dy / std::max(std::hypot(dx, dy), 1e-6f);
        float width = 1 + hand.pressure * (0.7f * down + 0.3f * std::sin(4 * along[i] + phase));
        width *= 1 - start_taper * std::max(0.0f, 1 - along[i] / kTaperLength);
        width *= 1 - end_taper * std::max(0.0f, 1 - (along.back() - along[i]) / kTaperLength);
        path[i].radius = 0.5f * hand.pen_width * std::max(width, kMinRadius);
    }
}

int choose_allograph(int digit, Random& random) {
    const auto forms = allographs(digit);
    float total = 0;
    for (const Allograph& form : forms) total += form.share;
    float left = random.uniform(0, total);
    for (std::size_t i = 0; i + 1 < forms.size(); ++i) {
        left -= forms[i].share;
        if (left < 0) return static_cast<int>(i);
    }
    return static_cast<int>(forms.size()) - 1;
}

}  // namespace

Hand draw_hand(Random& random) {
    Hand hand;
    hand.seed = random.next() | std::uint64_t{random.next()} << 32;
    for (int digit = 0; digit < 10; ++digit) hand.allograph[digit] = choose_allograph(digit, random);
    hand.slant = 0.10f + bell(0.13f, random);
    hand.aspect = random.uniform(0.80f, 1.35f);
    hand.roundness = random.uniform(0.75f, 1.12f);
    hand.pen_width = random.uniform(0.045f, 0.13f);
    hand.pressure = random.uniform(0.0f, 0.25f);
    hand.taper = random.uniform(0.0f, 0.5f);
    const float haste = random.uniform() * random.uniform();  // few write carelessly
    hand.habit = random.uniform(0.010f, 0.024f) + 0.020f * haste;
    hand.jitter = random.uniform(0.006f, 0.014f) + 0.020f * haste;
    hand.tremor = random.uniform(0.0f, 0.0025f);
    hand.size_wobble = random.uniform(0.01f, 0.05f);
    hand.baseline_wobble = random.uniform(0.005f, 0.035f);
    hand.spacing = random.uniform(0.16f, 0.38f);
    return hand;
}

std::vector<Stroke> draw_form(std::span<const std::vector<Knot>> form, std::uint32_t habit_of, const Hand& hand,
                              Random& random) {
    Random own(hand.seed, training::Stream::habits, 0, habit_of);  // the same for every character of this kind
    const Bend habit(hand.habit, own), now(hand.jitter, random);
    const float size = 1 + bell(hand.size_wobble, random), lift = bell(hand.baseline_wobble, random);
    const float slant = hand.slant + bell(2 * hand.jitter, random);
    std::vector<Stroke> strokes;
    for (std::vector<Knot> knots : form) {
        for (Knot& knot : knots) {
            knot = now(habit(knot, own), random);
            knot.x = size * (knot.x * hand.aspect + slant * (1 - knot.y));
            knot.y = 1 - size * (1 - knot.y) + lift;
        }
        Stroke path = spline(knots, hand.roundness);
        tremble(path, hand.tremor, random);
        press(path, hand, random);
        strokes.push_back(std::move(path));
    }
    return placed(strokes, 1, {-ink_box(strokes).x, 0});
}

std::vector<Stroke> draw_digit(int digit, const Hand& hand, Random& random) {
    const Allograph& form = allographs(digit)[hand.allograph[digit]];
    return draw_form(form.strokes, static_cast<std::uint32_t>(digit), hand, random);
}

cv::Rect2f ink_box(const std::vector<Stroke>& strokes) {
    float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (const Stroke& stroke : strokes)
        for (const PenPoint& p : stroke) {
            left = std::min(left, p.x - p.radius), right = std::max(right, p.x + p.radius);
            top = std::min(top, p.y - p.radius), bottom = std::max(bottom, p.y + p.radius);
        }
    return right < left ? cv::Rect2f() : cv::Rect2f(left, top, right - left, bottom - top);
}

std::vector<Stroke> placed(const std::vector<Stroke>& strokes, float scale, cv::Point2f shift) {
    std::vector<Stroke> result = strokes;
    for (Stroke& stroke : result)
        for (PenPoint& p : stroke) p = {scale * p.x + shift.x, scale * p.y + shift.y, scale * p.radius};
    return result;
}

namespace {

// The trace between two points: a round-ended bar whose radius changes evenly. Coverage is taken from the distance to
// the edge, which is within 2 % of the true area for bars broader than a pixel.
void render_segment(const PenPoint& a, const PenPoint& b, cv::Mat& ink, cv::Rect& box) {
    const float reach = std::max(a.radius, b.radius) + 1;
    const int left = std::max(0, static_cast<int>(std::floor(std::min(a.x, b.x) - reach)));
    const int right = std::min(ink.cols - 1, static_cast<int>(std::ceil(std::max(a.x, b.x) + reach)));
    const int top = std::max(0, static_cast<int>(std::floor(std::min(a.y, b.y) - reach)));
    const int bottom = std::min(ink.rows - 1, static_cast<int>(std::ceil(std::max(a.y, b.y) + reach)));
    const float dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
    const float inverse = square > 0 ? 1 / square : 0;
    for (int y = top; y <= bottom; ++y) {
        auto* row = ink.ptr<std::uint8_t>(y);
        for (int x = left; x <= right; ++x) {
            const float px = static_cast<float>(x) - a.x, py = static_cast<float>(y) - a.y;
            const float t = std::clamp((px * dx + py * dy) * inverse, 0.0f, 1.0f);
            const float ex = px - t * dx, ey = py - t * dy, radius = a.radius + t * (b.radius - a.radius);
            // A trace thinner than a pixel covers no pixel fully.
            const float full = std::min(1.0f, 2 * radius);
            const float covered = std::clamp(radius + 0.5f - std::sqrt(ex * ex + ey * ey), 0.0f, full);
            const int value = cvRound(covered * 255);
            if (value == 0) continue;
            row[x] = static_cast<std::uint8_t>(std::max<int>(row[x], value));
            box |= cv::Rect(x, y, 1, 1);
        }
    }
}

}  // namespace

cv::Rect render(const std::vector<Stroke>& strokes, cv::Mat& ink) {
    CV_Assert(ink.type() == CV_8UC1);
    cv::Rect box;
    for (const Stroke& stroke : strokes)
        for (std::size_t i = 1; i < stroke.size(); ++i) render_segment(stroke[i - 1], stroke[i], ink, box);
    return box;
}

}  // namespace chiffre::synthesis
