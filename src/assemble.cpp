// assemble.cpp -- the best path through each row's candidates: every mark of the row is explained once, alone or in a
// union, as a digit or as no digit, or part by part as several digits, and the explanation with the highest total
// log-probability wins. A union of k marks counts k times, so that paths with fewer and more candidates compare alike.
// Source: the recognition graph of LeCun et al. 1998, section V, with marks in place of cuts.
#include "assemble.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace chiffre {
namespace {

constexpr float kLeastProbability = 1e-6f;  // keeps logarithms finite
constexpr float kLowestDigit = 0.5f;        // of the row's typical height: what is lower is no digit by itself
constexpr std::size_t kAlternatives = 3;
// Of a mark that can be cut, as log-probabilities: that a part of it is a digit; the same of a 1, which any stroke
// looks like; that the whole is no digit, letters being as wide as two digits.
constexpr float kCutDigit = -0.3f, kCutOne = -1.0f, kWideNone = -1.0f;
constexpr float kGroupGap = 0.9f;       // of the height of the row's digits: a gap this wide may separate groups ...
constexpr float kGroupFactor = 1.9f;    // ... where it is also this many times the row's median gap
constexpr std::size_t kCompany = 4;     // digits that a page must have for the rest to be judged by them
constexpr float kStrayDistance = 5.0f;  // of their height
constexpr float kStrayHeight = 2.0f;    // times or part of their height
constexpr float kStrayStroke =
    0.14f;  // of theirs: a quarter to a third is usual, other digits being longer than one stroke

struct Explanation {
    int candidate = -1;  // of the row
    bool is_digit = false;
};

float log_probability(float p) {
    return std::log(std::max(p, kLeastProbability));
}

float digit_share(const Scores& p) {
    float sum = 0;
    for (float v : p) sum += v;
    return sum;
}

// Log-probability of the candidate's best digit, and of its being none.
struct Evidence {
    float digit = 0, none = 0;
};

Evidence weigh(const Scores& p, const Candidate& candidate, float row_height) {
    const float best = *std::max_element(p.begin(), p.end());
    const float low = kLowestDigit * row_height;
    if (static_cast<float>(candidate.box.height) < low) return {log_probability(0), 0};
    return {log_probability(best), log_probability(1 - digit_share(p))};
}

std::vector<Explanation> best_path(const MarkRow& row, const std::vector<Scores>& p, float row_height) {
    struct Node {
        float total = std::numeric_limits<float>::lowest();
        Explanation last;
    };
    std::vector<Node> nodes(row.marks.size() + 1);
    nodes[0].total = 0;
    // Candidates are ordered by `first`, so every node is final before a candidate leaves it.
    for (std::size_t i = 0; i < row.candidates.size(); ++i) {
        const Candidate& c = row.candidates[i];
        Evidence evidence = weigh(p[i], c, row_height);
        const bool is_one = p[i][1] == *std::max_element(p[i].begin(), p[i].end());
        if (c.wholes == 0) evidence.digit += is_one ? kCutOne : kCutDigit;
        if (c.wholes == 1 && c.last - c.first > 1) evidence.none += kWideNone;
        // Unions and parts only ever mean a digit.
        const bool is_digit = c.wholes != 1 || evidence.digit >= evidence.none;
        const float total = nodes[c.first].total +
                            static_cast<float>(std::max(1, c.wholes)) * (is_digit ? evidence.digit : evidence.none);
        if (total > nodes[c.last].total) nodes[c.last] = {total, {static_cast<int>(i), is_digit}};
    }
    std::vector<Explanation> path;
    for (int at = static_cast<int>(row.marks.size()); at > 0; at = row.candidates[path.back().candidate].first)
        path.push_back(nodes[at].last);
    std::reverse(path.begin(), path.end());
    return path;
}

Box scaled(const cv::Rect& box, int reduction) {
    return {box.x * reduction, box.y * reduction, box.width * reduction, box.height * reduction};
}

Box enclosing(const Box& a, const Box& b) {
    const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
    return {x, y, std::max(a.x + a.w, b.x + b.w) - x, std::max(a.y + a.h, b.y + b.h) - y};
}

Digit make_digit(const Scores& p, const Candidate& candidate, const AssembleOptions& options) {
    Digit digit;
    for (int k = 0; k < kClasses; ++k)
        digit.alternatives.emplace_back(static_cast<char>('0' + k), p[static_cast<std::size_t>(k)]);
    std::stable_sort(digit.alternatives.begin(), digit.alternatives.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    digit.alternatives.resize(kAlternatives);
    digit.confidence = digit.alternatives.front().second;
    digit.digit = digit.confidence < options.min_confidence ? '?' : digit.alternatives.front().first;
    digit.box = scaled(candidate.box, options.reduction);
    return digit;
}

void append(Row& row, Digit digit) {
    row.box = row.digits.empty() ? digit.box : enclosing(row.box, digit.box);
    row.confidence = row.digits.empty() ? digit.confidence : row.confidence * digit.confidence;
    if (digit.starts_group) row.text += ' ';
    row.text += digit.digit;
    row.digits.push_back(std::move(digit));
}

// One digit of a row before the page has been seen as a whole.
struct Found {
    Digit digit;
    int tile = 0;
    float ink_px = 0;  // full-size pixels

    bool is_one() const { return digit.alternatives.front().first == '1'; }
    // A stroke's width, as if all ink were one stroke of the digit's height. Only a 1 is; others measure wider.
    float stroke_px() const { return ink_px / static_cast<float>(std::max(1, digit.box.h)); }
};

// What a 1 is judged against: the page's other digits.
struct Company {
    std::vector<Box> boxes;
    float height_px = 0, stroke_px = 0;  // medians
};

float median(std::vector<float> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

Company company_of(const std::vector<std::vector<Found>>& rows) {
    Company company;
    std::vector<float> heights, strokes;
    for (const auto& row : rows)
        for (const Found& found : row) {
            if (found.is_one()) continue;
            company.boxes.push_back(found.digit.box);
            heights.push_back(static_cast<float>(found.digit.box.h));
            strokes.push_back(found.stroke_px());
        }
    if (heights.empty()) return company;
    company.height_px = median(std::move(heights));
    company.stroke_px = median(std::move(strokes));
    return company;
}

// How far apart two boxes are, along the axis where they are farther apart.
int distance(const Box& a, const Box& b) {
    const int dx = std::max({0, b.x - a.x - a.w, a.x - b.x - b.w});
    const int dy = std::max({0, b.y - a.y - a.h, a.y - b.y - b.h});
    return std::max(dx, dy);
}

// The end of a line, the edge of a shadow or a scratch looks like a 1. Ones stand with other digits, as tall and as
// bold as they; a 1 that does not is taken for such a mark.
bool is_stray(const Found& found, const Company& company) {
    if (!found.is_one() || company.boxes.size() < kCompany) return false;
    const float ratio = static_cast<float>(found.digit.box.h) / company.height_px;
    if (ratio < 1 / kStrayHeight || ratio > kStrayHeight) return true;
    if (found.stroke_px() < kStrayStroke * company.stroke_px) return true;
    int nearest = std::numeric_limits<int>::max();
    for (const Box& other : company.boxes) nearest = std::min(nearest, distance(found.digit.box, other));
    return static_cast<float>(nearest) > kStrayDistance * company.height_px;
}

std::vector<Found> read_row(const MarkRow& marks, std::span<const Scores> scores, int first_tile,
                            const ScoreMeaning& meaning, const AssembleOptions& options) {
    std::vector<Scores> p;
    for (const Scores& logits : scores) p.push_back(probabilities(logits, meaning));
    std::vector<Found> row;
    const float height_px =
        marks.height_px > 0 ? std::min(marks.height_px, options.digit_height_px) : options.digit_height_px;
    for (const Explanation& e : best_path(marks, p, height_px)) {
        const Candidate& candidate = marks.candidates[static_cast<std::size_t>(e.candidate)];
        if (!e.is_digit) continue;
        Digit digit = make_digit(p[static_cast<std::size_t>(e.candidate)], candidate, options);
        const float ink_px = static_cast<float>(candidate.ink_px * options.reduction * options.reduction);
        row.push_back({std::move(digit), first_tile + e.candidate, ink_px});
    }
    return row;
}

// Gaps are measured between the digits that remain: a piece of a ruled line or a speck that was dropped stands in a gap
// and does not close it.
void start_groups(std::vector<Found>& row) {
    if (row.size() < 2) return;
    std::vector<float> gaps, heights;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const Box& box = row[i].digit.box;
        heights.push_back(static_cast<float>(box.h));
        if (i == 0) continue;
        const Box& before = row[i - 1].digit.box;
        gaps.push_back(static_cast<float>(std::max(0, box.x - (before.x + before.w))));
    }
    const float wide_px = std::max(kGroupGap * median(std::move(heights)), kGroupFactor * median(gaps));
    for (std::size_t i = 1; i < row.size(); ++i) row[i].digit.starts_group = gaps[i - 1] > wide_px;
}

}  // namespace

Assembly assemble(const std::vector<MarkRow>& rows, std::span<const Scores> scores, const ScoreMeaning& meaning,
                  const AssembleOptions& options) {
    std::vector<std::vector<Found>> found;
    std::size_t first_tile = 0;
    for (const MarkRow& row : rows) {
        found.push_back(read_row(row, scores.subspan(first_tile, row.candidates.size()), static_cast<int>(first_tile),
                                 meaning, options));
        first_tile += row.candidates.size();
    }
    const Company company = company_of(found);
    Assembly assembly;
    for (std::vector<Found>& digits : found) {
        std::erase_if(digits, [&](const Found& one) { return is_stray(one, company); });
        start_groups(digits);
        Row row;
        std::vector<int> tiles;
        for (Found& one : digits) {
            append(row, std::move(one.digit));
            tiles.push_back(one.tile);
        }
        if (row.digits.empty()) continue;
        assembly.rows.push_back(std::move(row));
        assembly.tile_of_digit.push_back(std::move(tiles));
    }
    return assembly;
}

}  // namespace chiffre
