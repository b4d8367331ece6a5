// assemble.cpp -- scores -> reading, in two passes: what reads surely as a digit in the first is the company that
// everything is judged by in the second.
#include "assemble.h"

#include <algorithm>

#include "assemble/company.h"
#include "assemble/confidence.h"
#include "assemble/evidence.h"
#include "assemble/groups.h"
#include "assemble/opinion.h"
#include "assemble/path.h"

namespace chiffre {
namespace {

constexpr std::size_t kAlternatives = 3;
constexpr float kSureFellow = 0.9f;
// Log-likelihood that a row may lose for matching the pattern: one mark may be overruled of which the network is sure,
// two may not. Whatever has enough marks would match else.
constexpr float kMostForced = 12;

struct RowScores {
    const MarkRow* marks = nullptr;
    std::vector<Scores> probabilities;
    int first_tile = 0;
};

std::vector<RowScores> share_out(const std::vector<MarkRow>& rows, std::span<const Scores> scores,
                                 std::span<const Scores> context, const ScoreMeaning& meaning) {
    std::vector<RowScores> all;
    int next = 0;
    for (const MarkRow& marks : rows) {
        RowScores row{&marks, {}, next};
        for (std::size_t i = 0; i < marks.candidates.size(); ++i, ++next)
            row.probabilities.push_back(
                opinion_of(marks.candidates[i], probabilities(scores[static_cast<std::size_t>(next)], meaning),
                           context.empty() ? nullptr : &context[static_cast<std::size_t>(next)]));
        all.push_back(std::move(row));
    }
    return all;
}

// What a first pass tells of the page.
struct FirstPass {
    std::vector<Fellows> rows;
    float letters = 0, digits = 0;
};

FirstPass look_over(const std::vector<RowScores>& rows, const AssembleOptions& options) {
    FirstPass page;
    for (const RowScores& row : rows) {
        const RowGraph graph = weigh(*row.marks, row.probabilities, {options.digit_height_px, options.words}, 0);
        const Path path = *best_path(graph, Pattern());
        page.letters += static_cast<float>(plain_letters(*row.marks, row.probabilities, options.digit_height_px, path));
        page.digits += static_cast<float>(path.digits.size());
        page.rows.emplace_back();
        for (const Explanation& e : path.digits)
            if (e.posterior[static_cast<std::size_t>(e.digit)] >= kSureFellow)
                page.rows.back().push_back(fellow_of(graph.candidates[static_cast<std::size_t>(e.candidate)], e.digit));
    }
    return page;
}

// Puts the best path that matches the pattern in place of the best path of all; leaves it where none is likely enough
// and tells which. Nothing where anything matches.
std::optional<bool> satisfy(Path& path, const RowGraph& graph, const Pattern& pattern) {
    if (pattern.matches_anything()) return {};
    auto matching = best_path(graph, pattern);
    if (!matching || matching->digits.empty() || matching->likelihood < path.likelihood - kMostForced) return false;
    path = std::move(*matching);
    return true;
}

Box scaled(const cv::Rect& box, double reduction) {
    return {cvRound(box.x * reduction), cvRound(box.y * reduction), cvRound(box.width * reduction),
            cvRound(box.height * reduction)};
}

Box enclosing(const Box& a, const Box& b) {
    const int x = std::min(a.x, b.x), y = std::min(a.y, b.y);
    return {x, y, std::max(a.x + a.w, b.x + b.w) - x, std::max(a.y + a.h, b.y + b.h) - y};
}

// The digit of the path first, then the best others.
Digit make_digit(const Explanation& e, const Candidate& candidate, const AssembleOptions& options) {
    Digit digit;
    for (int k = 0; k < kClasses; ++k)
        digit.alternatives.emplace_back(static_cast<char>('0' + k),
                                        kDigitReliance(e.posterior[static_cast<std::size_t>(k)]));
    std::swap(digit.alternatives.front(), digit.alternatives[static_cast<std::size_t>(e.digit)]);
    std::stable_sort(digit.alternatives.begin() + 1, digit.alternatives.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    digit.alternatives.resize(kAlternatives);
    digit.confidence = digit.alternatives.front().second;
    digit.digit = digit.confidence < options.min_confidence ? '?' : digit.alternatives.front().first;
    digit.box = scaled(candidate.box, options.reduction);
    return digit;
}

Row make_row(const Path& path, const MarkRow& marks, const AssembleOptions& options) {
    Row row;
    row.confidence = kRowReliance(path.confidence);
    for (const Explanation& e : path.digits)
        row.digits.push_back(make_digit(e, marks.candidates[static_cast<std::size_t>(e.candidate)], options));
    start_groups(row.digits);
    row.box = row.digits.front().box;
    for (const Digit& digit : row.digits) {
        row.box = enclosing(row.box, digit.box);
        if (digit.starts_group) row.text += ' ';
        row.text += digit.digit;
    }
    return row;
}

}  // namespace

Assembly assemble(const std::vector<MarkRow>& rows, std::span<const Scores> scores, std::span<const Scores> context,
                  const ScoreMeaning& meaning, const AssembleOptions& options) {
    const std::vector<RowScores> all = share_out(rows, scores, context, meaning);
    FirstPass first = look_over(all, options);
    const Company company(std::move(first.rows));
    const PageKnowledge page{options.digit_height_px, options.words, options.company ? &company : nullptr,
                             first.letters, first.digits};
    Assembly assembly;
    for (std::size_t r = 0; r < all.size(); ++r) {
        const RowGraph graph = weigh(*all[r].marks, all[r].probabilities, page, r);
        Path path = *best_path(graph, Pattern());
        assembly.digit_share.insert(assembly.digit_share.end(), path.digit_share.begin(), path.digit_share.end());
        if (path.digits.empty()) continue;
        const std::optional<bool> satisfied = satisfy(path, graph, options.pattern);
        assembly.rows.push_back(make_row(path, *all[r].marks, options));
        assembly.rows.back().satisfied = satisfied;
        assembly.confidence *= path.confidence;
        assembly.tile_of_digit.emplace_back();
        for (const Explanation& e : path.digits)
            assembly.tile_of_digit.back().push_back(all[r].first_tile + e.candidate);
    }
    assembly.confidence = kPageReliance(assembly.confidence);
    return assembly;
}

}  // namespace chiffre
