// path.cpp -- every mark of the row is explained once, alone or in a union, as a digit, as no digit or as text, or part
// by part as several digits. A place on a path is a position among the marks, the way of writing there, and the state
// of the pattern. All arcs lead to the right, so one sweep finds the best path, and two the sum over all.
#include "assemble/path.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace chiffre {
namespace {

enum Mode { kNumber, kText, kModes };
constexpr int kNoDigitArc = -1;

// Digits after which the pattern is in the same state share an arc.
struct Arc {
    int from = 0, to = 0;  // places
    int candidate = 0;
    int digit = kNoDigitArc;  // the best of them
    float best = 0, sum = 0;  // likelihood of that one, and of all together
    float change = 0;         // part of both
};

float log_sum(float a, float b) {
    const float high = std::max(a, b);
    return high == kImpossible ? high : high + std::log1p(std::exp(std::min(a, b) - high));
}

// The places of a row and the arcs between them, arcs ordered by the position that they leave.
class Lattice {
  public:
    Lattice(const RowGraph& graph, const Pattern& pattern)
        : graph_(graph), pattern_(pattern), positions_(static_cast<int>(graph.new_word.size()) + 1) {
        const float share[kModes] = {1 - graph.text_share, graph.text_share};
        for (std::size_t k = 0; k < graph.new_word.size(); ++k) {
            const float fresh = k == 0 ? 1 : graph.new_word[k];
            changes_.emplace_back();
            for (int before = 0; before < kModes; ++before)
                for (int mode = 0; mode < kModes; ++mode)
                    changes_[k][before][mode] = std::log(fresh * share[mode] + (before == mode ? 1 - fresh : 0));
        }
        for (int i = 0; i < static_cast<int>(graph.candidates.size()); ++i) add_arcs(i);
    }

    int places() const { return positions_ * kModes * pattern_.states(); }
    const std::vector<Arc>& arcs() const { return arcs_; }
    bool reads(const Arc& arc, int digit) const {
        const int states = pattern_.states();
        return pattern_.next(arc.from % states, digit) == arc.to % states;
    }

    std::vector<float> starts() const {
        std::vector<float> at(static_cast<std::size_t>(places()), kImpossible);
        at[index(0, kNumber, pattern_.start())] = 0;
        return at;
    }
    std::vector<float> ends() const {
        std::vector<float> at(static_cast<std::size_t>(places()), kImpossible);
        for (int mode = 0; mode < kModes; ++mode)
            for (int state = 0; state < pattern_.states(); ++state)
                if (pattern_.accepts(state)) at[index(positions_ - 1, mode, state)] = 0;
        return at;
    }

  private:
    std::size_t index(int position, int mode, int state) const {
        return static_cast<std::size_t>((position * kModes + mode) * pattern_.states() + state);
    }

    // From either way of writing into `mode`.
    void add(int candidate, Mode mode, int state, int next_state, int digit, float best, float sum) {
        if (best == kImpossible) return;
        const Candidate& c = graph_.candidates[static_cast<std::size_t>(candidate)];
        const auto to = static_cast<int>(index(c.last, mode, next_state));
        for (int before = 0; before < kModes; ++before) {
            const float change = changes_[static_cast<std::size_t>(c.first)][before][mode];
            const auto from = static_cast<int>(index(c.first, before, state));
            arcs_.push_back({from, to, candidate, digit, best + change, sum + change, change});
        }
    }

    void add_digits(int candidate, int state) {
        const Scores& evidence = graph_.evidence[static_cast<std::size_t>(candidate)].digit;
        std::array<bool, kClasses> added{};
        for (int digit = 0; digit < kClasses; ++digit) {
            const int next = pattern_.next(state, digit);
            if (added[static_cast<std::size_t>(digit)] || next == Pattern::kDead) continue;
            int best = digit;
            float sum = kImpossible;
            for (int other = digit; other < kClasses; ++other) {
                const float likelihood = evidence[static_cast<std::size_t>(other)];
                if (pattern_.next(state, other) != next) continue;
                added[static_cast<std::size_t>(other)] = true;
                if (likelihood > evidence[static_cast<std::size_t>(best)]) best = other;
                sum = log_sum(sum, likelihood);
            }
            add(candidate, kNumber, state, next, best, evidence[static_cast<std::size_t>(best)], sum);
        }
    }

    void add_arcs(int candidate) {
        const Evidence& evidence = graph_.evidence[static_cast<std::size_t>(candidate)];
        for (int state = 0; state < pattern_.states(); ++state) {
            add(candidate, kNumber, state, state, kNoDigitArc, evidence.none, evidence.none);
            add(candidate, kText, state, state, kNoDigitArc, evidence.text, evidence.text);
            add_digits(candidate, state);
        }
    }

    const RowGraph& graph_;
    const Pattern& pattern_;
    int positions_;
    std::vector<std::array<std::array<float, kModes>, kModes>> changes_;  // log-probabilities, before each mark
    std::vector<Arc> arcs_;
};

std::vector<float> forward(const Lattice& lattice) {
    std::vector<float> at = lattice.starts();
    for (const Arc& arc : lattice.arcs())
        if (const float before = at[arc.from]; before != kImpossible)
            at[arc.to] = log_sum(at[arc.to], before + arc.sum);
    return at;
}

std::vector<float> backward(const Lattice& lattice) {
    std::vector<float> at = lattice.ends();
    for (auto arc = lattice.arcs().rbegin(); arc != lattice.arcs().rend(); ++arc)
        if (const float after = at[arc->to]; after != kImpossible)
            at[arc->from] = log_sum(at[arc->from], after + arc->sum);
    return at;
}

// The arcs of the best path that are digits, left to right; nothing where no path comes to an end.
struct BestArcs {
    std::vector<Arc> arcs;
    float likelihood = kImpossible;
};
std::optional<BestArcs> best_arcs(const Lattice& lattice) {
    std::vector<float> at = lattice.starts();
    std::vector<int> last(at.size(), -1);
    const auto& arcs = lattice.arcs();
    for (std::size_t i = 0; i < arcs.size(); ++i) {
        const float total = at[arcs[i].from] + arcs[i].best;
        if (total > at[arcs[i].to]) at[arcs[i].to] = total, last[arcs[i].to] = static_cast<int>(i);
    }
    const std::vector<float> ends = lattice.ends();
    int best = -1;
    for (int i = 0; i < lattice.places(); ++i)
        if (at[i] + ends[i] != kImpossible && (best < 0 || at[i] + ends[i] > at[best])) best = i;
    if (best < 0) return {};
    BestArcs path{{}, at[best]};
    for (int i = best; last[i] >= 0; i = arcs[last[i]].from)
        if (arcs[last[i]].digit != kNoDigitArc) path.arcs.push_back(arcs[last[i]]);
    std::reverse(path.arcs.begin(), path.arcs.end());
    return path;
}

// Whether two candidates are the same digit cut or joined a little differently.
bool is_same_place(const Candidate& a, const Candidate& b) {
    const int both = (a.box & b.box).area();
    return 2 * both > a.box.area() + b.box.area() - both;
}

// The sum over those paths that read these digits at these places.
float sum_of(const Lattice& lattice, const RowGraph& graph, const std::vector<Explanation>& digits) {
    const std::size_t counts = digits.size() + 1;  // digits read so far
    std::vector<float> at(static_cast<std::size_t>(lattice.places()) * counts, kImpossible);
    const std::vector<float> starts = lattice.starts(), ends = lattice.ends();
    for (std::size_t i = 0; i < starts.size(); ++i) at[i * counts] = starts[i];
    std::size_t earliest = 0;  // of the digits, that may lie to the right of the arc's beginning
    for (const Arc& arc : lattice.arcs()) {
        const Candidate& c = graph.candidates[static_cast<std::size_t>(arc.candidate)];
        const float* from = &at[static_cast<std::size_t>(arc.from) * counts];
        float* to = &at[static_cast<std::size_t>(arc.to) * counts];
        if (arc.digit == kNoDigitArc) {
            for (std::size_t n = 0; n < counts; ++n)
                if (from[n] != kImpossible) to[n] = log_sum(to[n], from[n] + arc.sum);
            continue;
        }
        const auto candidate_of = [&](std::size_t n) -> const Candidate& {
            return graph.candidates[static_cast<std::size_t>(digits[n].candidate)];
        };
        while (earliest < digits.size() && candidate_of(earliest).last <= c.first) ++earliest;
        for (std::size_t n = earliest; n < digits.size() && candidate_of(n).first < c.last; ++n) {
            if (from[n] == kImpossible || !is_same_place(c, candidate_of(n)) || !lattice.reads(arc, digits[n].digit))
                continue;
            const Scores& evidence = graph.evidence[static_cast<std::size_t>(arc.candidate)].digit;
            to[n + 1] = log_sum(to[n + 1], from[n] + arc.change + evidence[static_cast<std::size_t>(digits[n].digit)]);
        }
    }
    float sum = kImpossible;
    for (std::size_t i = 0; i < ends.size(); ++i) sum = log_sum(sum, at[i * counts + counts - 1] + ends[i]);
    return sum;
}

}  // namespace

std::optional<Path> best_path(const RowGraph& graph, const Pattern& pattern) {
    const Lattice lattice(graph, pattern);
    const auto best = best_arcs(lattice);
    if (!best) return {};
    Path path;
    path.likelihood = best->likelihood;
    const std::vector<float> before = forward(lattice), after = backward(lattice);
    const std::vector<float> starts = lattice.starts();
    float all = kImpossible;
    for (std::size_t i = 0; i < starts.size(); ++i) all = log_sum(all, starts[i] + after[i]);

    for (const Arc& arc : best->arcs) path.digits.push_back({arc.candidate, arc.digit, {}});
    path.digit_share.resize(graph.candidates.size());
    std::size_t earliest = 0;
    for (const Arc& arc : lattice.arcs()) {
        const Candidate& c = graph.candidates[static_cast<std::size_t>(arc.candidate)];
        const float rest = before[arc.from] + arc.change + after[arc.to] - all;
        if (arc.digit == kNoDigitArc) continue;
        path.digit_share[static_cast<std::size_t>(arc.candidate)] += std::exp(rest + arc.sum - arc.change);
        const auto candidate_of = [&](std::size_t n) -> const Candidate& {
            return graph.candidates[static_cast<std::size_t>(path.digits[n].candidate)];
        };
        while (earliest < path.digits.size() && candidate_of(earliest).last <= c.first) ++earliest;
        for (std::size_t n = earliest; n < path.digits.size() && candidate_of(n).first < c.last; ++n) {
            if (!is_same_place(c, candidate_of(n))) continue;
            const Scores& evidence = graph.evidence[static_cast<std::size_t>(arc.candidate)].digit;
            for (int digit = 0; digit < kClasses; ++digit)
                if (const auto d = static_cast<std::size_t>(digit); lattice.reads(arc, digit))
                    path.digits[n].posterior[d] += std::exp(rest + evidence[d]);
        }
    }
    path.confidence = std::exp(sum_of(lattice, graph, path.digits) - all);
    return path;
}

}  // namespace chiffre
