// style.cpp -- how like a digit is to the one of a kind that it is most like, as the cosine between tiles of half the
// size. How like the page's sure digits are to their own kind and to others says what that is worth: much in print,
// less in an uneven hand, nothing where several people wrote. Values below were chosen on runs of digits of one writer
// each, which MNIST's training images end with, and on drawn pages.
#include "style.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "multiversion.h"

namespace chiffre {
namespace {

constexpr float kSure = 0.9f;            // confidence of a digit that others are compared with; the others are doubtful
constexpr std::size_t kLeastAlike = 10;  // sure digits with another of their kind, at least
constexpr std::size_t kMostSampled = 64;  // sure digits that are compared with all of them
// What is usual, as if so many digits had been seen before: spread of the likeness.
constexpr float kUsualSpread = 0.08f, kSeenBefore = 4.0f;
// Log-likelihood ratio of the same kind against another: what it counts, and how far it goes. Not to look like the
// page's others is not unusual.
constexpr float kTrust = 0.67f, kLeast = -1.0f, kMost = 4.0f;

constexpr int kSide = kTileSide / 2, kCells = kSide * kSide;

// A tile's ink, 2x2 pixels added up, a quarter of it.
struct Look {
    std::array<std::uint8_t, kCells> ink{};
    float length = 0;  // root of the sum of squares
};

// In integers: every machine adds up the same.
CHIFFRE_MULTIVERSION int product(const std::uint8_t* __restrict__ a, const std::uint8_t* __restrict__ b) {
    int sum = 0;
    for (int i = 0; i < kCells; ++i) sum += a[i] * b[i];
    return sum;
}

Look look_of(const Tile& tile) {
    Look look;
    for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x) {
            const std::uint8_t* at = tile.ink.data() + 2 * y * kTileSide + 2 * x;
            look.ink[static_cast<std::size_t>(y * kSide + x)] =
                static_cast<std::uint8_t>((at[0] + at[1] + at[kTileSide] + at[kTileSide + 1]) / 4);
        }
    look.length = std::sqrt(static_cast<float>(product(look.ink.data(), look.ink.data())));
    return look;
}

float likeness(const Look& a, const Look& b) {
    return static_cast<float>(product(a.ink.data(), b.ink.data())) / std::max(1.0f, a.length * b.length);
}

struct Known {
    Look look;
    int digit = 0;
};

constexpr float kNobody = -std::numeric_limits<float>::infinity();

// Of each of the ten, how like it is to the one that is most like it; kNobody where there is none.
Scores nearest(const Look& look, const std::vector<Known>& all, const Known* itself = nullptr) {
    Scores best;
    best.fill(kNobody);
    for (const Known& known : all)
        if (float& value = best[static_cast<std::size_t>(known.digit)]; &known != itself)
            value = std::max(value, likeness(look, known.look));
    return best;
}

struct Normal {
    float middle = 0, spread = 0;
};

Normal fit(const std::vector<float>& values) {
    const auto n = static_cast<float>(values.size());
    float sum = 0, squares = 0;
    for (const float value : values) sum += value;
    const float middle = sum / n;
    for (const float value : values) squares += (value - middle) * (value - middle);
    return {middle, std::sqrt((squares + kSeenBefore * kUsualSpread * kUsualSpread) / (n + kSeenBefore))};
}

// Log-likelihood ratio by likeness: a line.
struct Judgement {
    float slope = 0, zero = 0;
    float operator()(float likeness) const {
        return likeness == kNobody ? 0 : std::clamp(slope * (likeness - zero), kLeast, kMost);
    }
};

// Nothing where the page does not tell.
std::optional<Judgement> judgement_of(const std::vector<Known>& all) {
    std::vector<float> own, others;
    const std::size_t step = (all.size() + kMostSampled - 1) / kMostSampled;
    for (std::size_t i = 0; i < all.size(); i += step) {
        const Scores best = nearest(all[i].look, all, &all[i]);
        for (int d = 0; d < kClasses; ++d)
            if (const float value = best[static_cast<std::size_t>(d)]; value != kNobody)
                (d == all[i].digit ? own : others).push_back(value);
    }
    if (own.size() < kLeastAlike || others.empty()) return {};
    const Normal same = fit(own), different = fit(others);
    if (same.middle <= different.middle) return {};
    const float variance = (same.spread * same.spread + different.spread * different.spread) / 2;
    return Judgement{(same.middle - different.middle) / variance, (same.middle + different.middle) / 2};
}

float log_sum(const Scores& logits, float temperature) {
    const float most = *std::max_element(logits.begin(), logits.end());
    float sum = 0;
    for (const float logit : logits) sum += std::exp((logit - most) / temperature);
    return most + temperature * std::log(sum);
}

}  // namespace

bool compare_with_page(Page& page, const ScoreMeaning& meaning) {
    std::vector<Known> known;
    std::vector<std::size_t> doubtful;
    const Assembly& assembly = page.assembly;
    for (std::size_t r = 0; r < assembly.rows.size(); ++r)
        for (std::size_t d = 0; d < assembly.rows[r].digits.size(); ++d) {
            const auto tile = static_cast<std::size_t>(assembly.tile_of_digit[r][d]);
            const auto& [digit, confidence] = assembly.rows[r].digits[d].alternatives.front();
            if (confidence >= kSure)
                known.push_back({look_of(page.tiles[tile]), digit - '0'});
            else
                doubtful.push_back(tile);
        }
    if (doubtful.empty() || known.size() < kLeastAlike) return false;
    const std::optional<Judgement> judgement = judgement_of(known);
    if (!judgement) return false;
    for (const std::size_t tile : doubtful) {
        const Scores like = nearest(look_of(page.tiles[tile]), known);
        Scores& scores = page.scores[tile];
        const float before = log_sum(scores, meaning.temperature);
        for (std::size_t d = 0; d < scores.size(); ++d) scores[d] += kTrust * (*judgement)(like[d]);
        // Whether it is a digit at all is another question.
        const float change = log_sum(scores, meaning.temperature) - before;
        for (float& score : scores) score -= change;
    }
    return true;
}

}  // namespace chiffre
