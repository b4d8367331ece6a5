// company.cpp -- log densities of height and stroke among digits over those among what is none. Both have a
// middle and a width; a floor stands for what is rare but happens.
#include "assemble/company.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "assemble/median.h"

namespace chiffre {
namespace {

// Of a digit's strokes, in heights.
constexpr std::array<float, 10> kStrokeLength{2.6f, 1.1f, 2.4f, 2.4f, 2.4f, 2.5f, 2.3f, 1.8f, 3.0f, 2.3f};

// A display's figures that have no bar at the top or none at the bottom are lower by so many strokes than the others.
// Among bold ones a 4 has two thirds of their height.
constexpr std::array<float, 10> kBarsLess{0, 2, 0, 0, 2, 0, 0, 1, 0, 0};

constexpr std::size_t kRowIsEnough = 2;  // fellows in a row: only they count

// Spreads of a page's digits: what is usual, as if seen on so many digits before the page's own are. How widely
// digits spread differs from hand to hand; print hardly does.
constexpr float kHeightSpread = 0.18f, kStrokeSpread = 0.4f;
constexpr float kSeenBefore = 4.0f;
// How many times as widely spreads what is no digit.
constexpr float kHeightOthers = 1.8f, kStrokeOthers = 1.15f;
// What is rare but happens: tails are long in some hands, and numbers come in several sizes on some pages. Of a 1,
// which any stroke looks like, height and stroke say more.
constexpr float kFloor = -3.0f, kOneFloor = -10.0f;
constexpr float kPair = -1.5f;  // what one digit beside it takes off, where it vouches for another size
constexpr float kAlone = 0.4f;  // evidence where there is nobody
// The end of a line, the edge of a shadow or a scratch looks like a 1. Ones stand with other digits, as bold as they.
constexpr float kStray = -8.0f;
constexpr std::size_t kStrayCompany = 4;  // digits but 1s that a page must have
constexpr float kStrayStroke = 0.3f;      // of their stroke: a thinner one is a scratch
constexpr float kStrayDistance = 5.0f;    // of their height

float agreement(float value, float middle, float spread, float others) {
    const float z = (value - middle) / spread;
    return std::log(others) - 0.5f * z * z * (1 - 1 / (others * others));
}

float height_of(const Fellow& one) {
    const auto height = static_cast<float>(std::max(1, one.box.height));
    return one.of_segments ? height + kBarsLess[static_cast<std::size_t>(one.digit)] * one.stroke_px : height;
}

}  // namespace

Fellow fellow_of(const Candidate& candidate, int digit) {
    const float length =
        kStrokeLength[static_cast<std::size_t>(digit)] * static_cast<float>(std::max(1, candidate.box.height));
    return {candidate.box, digit, static_cast<float>(std::max(1, candidate.ink_px)) / length, candidate.of_segments};
}

Company::Company(std::vector<Fellows> rows) : rows_(std::move(rows)) {
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        for (const Fellow& fellow : rows_[r])
            if (fellow.digit != 1) no_ones_.push_back(fellow.box);
        Fellows others;
        for (std::size_t i = 0; i < rows_.size(); ++i)
            if (i != r) others.insert(others.end(), rows_[i].begin(), rows_[i].end());
        elsewhere_.push_back(measure(others));
    }
}

bool Company::is_stray(const Fellow& one, const Measure& like) const {
    if (one.digit != 1 || no_ones_.size() < kStrayCompany) return false;
    if (one.stroke_px < kStrayStroke * std::exp(like.stroke.middle)) return true;
    return std::none_of(no_ones_.begin(), no_ones_.end(), [&](const cv::Rect& other) {
        const int dx = std::max({0, other.x - one.box.br().x, one.box.x - other.br().x});
        const int dy = std::max({0, other.y - one.box.br().y, one.box.y - other.br().y});
        return static_cast<float>(std::max(dx, dy)) <= kStrayDistance * like.height_px;
    });
}

Company::Normal Company::fit(std::vector<float>& values, float usual_spread) {
    Normal normal{median(values), 0};
    for (float& value : values) value = std::abs(value - normal.middle);
    constexpr float kNormalOfMedian = 1.4826f;
    const float own = kNormalOfMedian * median(values);
    const auto n = static_cast<float>(values.size());
    normal.spread = std::sqrt((n * own * own + kSeenBefore * usual_spread * usual_spread) / (n + kSeenBefore));
    return normal;
}

Company::Measure Company::measure(const Fellows& fellows) {
    if (fellows.empty()) return {};
    std::vector<float> heights, strokes;
    for (const Fellow& fellow : fellows) {
        heights.push_back(std::log(height_of(fellow)));
        strokes.push_back(std::log(fellow.stroke_px));
    }
    Measure measure{fit(heights, kHeightSpread), fit(strokes, kStrokeSpread), 0, fellows.size()};
    measure.height_px = std::exp(measure.height.middle);
    return measure;
}

Company::Measure Company::others(const Fellow& one, std::size_t row) const {
    Fellows fellows;
    for (const Fellow& fellow : rows_[row])
        if ((fellow.box & one.box).empty()) fellows.push_back(fellow);
    return measure(fellows);
}

float Company::likeness(const Fellow& one, const Measure& like) const {
    if (like.count == 0) return kAlone;
    if (is_stray(one, like)) return kStray;
    const float height = agreement(std::log(height_of(one)), like.height.middle, like.height.spread, kHeightOthers);
    const float stroke = agreement(std::log(one.stroke_px), like.stroke.middle, like.stroke.spread, kStrokeOthers);
    return std::max(one.digit == 1 ? kOneFloor : kFloor, height + stroke);
}

float Company::evidence(const Fellow& one, std::size_t row) const {
    const Measure beside = others(one, row);
    const Measure& afar = elsewhere_[row];
    if (beside.count >= kRowIsEnough || afar.count == 0) return likeness(one, beside);
    // Two digits of a size make a number, whatever the page's others look like; a 1 and another stroke do not.
    const bool is_pair = beside.count > 0 && one.digit != 1;
    return is_pair ? std::max(likeness(one, afar), likeness(one, beside) + kPair) : likeness(one, afar);
}

}  // namespace chiffre
