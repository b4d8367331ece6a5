// assemble.cpp -- the best path through each row's candidates: every mark of the row is explained once, alone or in a
// union, as a digit or as no digit, and the explanation with the highest total log-probability wins. A union of k marks
// counts k times, so that paths with fewer and more candidates compare alike.
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
        const int marks = c.last - c.first;
        const Evidence evidence = weigh(p[i], c, row_height);
        const bool is_digit = marks > 1 || evidence.digit >= evidence.none;  // a union only ever means a digit
        const float total =
            nodes[c.first].total + static_cast<float>(marks) * (is_digit ? evidence.digit : evidence.none);
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

Digit make_digit(const Scores& p, const Candidate& candidate, int reduction, float min_confidence) {
    Digit digit;
    for (int k = 0; k < kClasses; ++k)
        digit.alternatives.emplace_back(static_cast<char>('0' + k), p[static_cast<std::size_t>(k)]);
    std::stable_sort(digit.alternatives.begin(), digit.alternatives.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    digit.alternatives.resize(kAlternatives);
    digit.confidence = digit.alternatives.front().second;
    digit.digit = digit.confidence < min_confidence ? '?' : digit.alternatives.front().first;
    digit.box = scaled(candidate.box, reduction);
    return digit;
}

void append(Row& row, Digit digit) {
    row.box = row.digits.empty() ? digit.box : enclosing(row.box, digit.box);
    row.confidence = row.digits.empty() ? digit.confidence : row.confidence * digit.confidence;
    digit.starts_group = digit.starts_group && !row.digits.empty();
    if (digit.starts_group) row.text += ' ';
    row.text += digit.digit;
    row.digits.push_back(std::move(digit));
}

}  // namespace

Assembly assemble(const std::vector<MarkRow>& rows, std::span<const Scores> scores, const ScoreMeaning& meaning,
                  float digit_height_px, int reduction, float min_confidence) {
    Assembly assembly;
    std::size_t first_tile = 0;
    for (const MarkRow& marks : rows) {
        std::vector<Scores> p;
        for (std::size_t i = 0; i < marks.candidates.size(); ++i)
            p.push_back(probabilities(scores[first_tile + i], meaning));
        Row row;
        std::vector<int> tiles;
        bool gap = false;
        for (const Explanation& e : best_path(marks, p, digit_height_px)) {
            const Candidate& candidate = marks.candidates[static_cast<std::size_t>(e.candidate)];
            for (int i = candidate.first; i < candidate.last; ++i)
                gap = gap || (i == candidate.first && marks.gap_before[i]);
            if (!e.is_digit) continue;
            Digit digit = make_digit(p[static_cast<std::size_t>(e.candidate)], candidate, reduction, min_confidence);
            digit.starts_group = gap;
            gap = false;
            append(row, std::move(digit));
            tiles.push_back(static_cast<int>(first_tile) + e.candidate);
        }
        first_tile += marks.candidates.size();
        if (row.digits.empty()) continue;
        assembly.rows.push_back(std::move(row));
        assembly.tile_of_digit.push_back(std::move(tiles));
    }
    return assembly;
}

}  // namespace chiffre
