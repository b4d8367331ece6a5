// order.cpp -- marks -> rows. A mark is chained to its nearest neighbour to the right at about the same height; chains
// whose baselines continue each other are one row. Rows are found first and sorted inside by x, so that no comparison
// mixes x and y (which would not be a strict weak order).
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "stages.h"

namespace chiffre {
namespace {

constexpr double kSmallMark = 0.45;        // of the typical height: a lower mark does not lead a row, it joins one
constexpr double kSmallRow = 0.25;         // of the typical height: digits of a row of its own are no lower ...
constexpr std::size_t kSmallRowMarks = 3;  // ... and each has as many of its kind beside it ...
constexpr double kLikeHeight = 1.3;        // ... times or part of its height ...
constexpr double kSharedHeight = 0.5;      // ... and beside so much of it
constexpr double kVerticalReach = 0.55;    // of the larger height: centres of neighbours in a row differ by less
constexpr double kChainGap = 3.0;          // of the typical height: the widest gap a chain bridges
constexpr double kHeightRatio = 2.5;       // chains of one row differ in height by no more
constexpr double kBaselineReach = 0.45;    // of the height: baselines of one row meet this closely ...
constexpr double kBaselineDrift = 0.02;    // ... and for each pixel of the gap between them this much less
constexpr std::size_t kFewVotes = 6;    // of neighbours on the page's slope: then chains that are level are a row, too
constexpr double kSharedWidth = 0.4;    // of the narrower mark: more is one above the other
constexpr double kUnionWidth = 1.25;    // of the row's height: the widest union of marks that may be one digit
constexpr std::size_t kUnionMarks = 8;  // a seven-segment 8 falls into seven pieces
// Of the height: a narrower mark is not three digits or more, of which one lies between two cuts; by strokes it would
// have to be wider, since in marks of 1 to 1.4 heights that asks for 100 tiles more of each page of touching digits.
constexpr double kThreeWidth = 1.0, kThreeByStrokes = 1.4;
constexpr double kLowestPart = 0.42;  // of the height: a lower part of a mark is no digit (evidence.cpp)

struct Line {
    double x0 = 0, y0 = 0, slope = 0;  // through the mean centre
    double at(double x) const { return y0 + slope * (x - x0); }
};

struct Chain {
    std::vector<int> marks;
    Line line;
    double left = 0, right = 0, height = 0;
};

double centre_x(const Mark& m) {
    return m.box.x + 0.5 * m.box.width;
}
double centre_y(const Mark& m) {
    return m.box.y + 0.5 * m.box.height;
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// Least squares through the centres; `fallback` is the slope where the marks span too little to tell.
Line fit(const std::vector<int>& ids, const std::vector<Mark>& marks, double height, double fallback) {
    Line line;
    for (int id : ids) {
        line.x0 += centre_x(marks[id]) / static_cast<double>(ids.size());
        line.y0 += centre_y(marks[id]) / static_cast<double>(ids.size());
    }
    double xx = 0, xy = 0;
    for (int id : ids) {
        const double dx = centre_x(marks[id]) - line.x0;
        xx += dx * dx;
        xy += dx * (centre_y(marks[id]) - line.y0);
    }
    // A span of three heights at least, else the scatter of the centres would be taken for a slope.
    line.slope = xx > 2.0 * height * height && ids.size() >= 3 ? xy / xx : fallback;
    return line;
}

// The nearest mark to the right at about the same height, or -1.
int right_neighbour(int from, const std::vector<int>& leaders, const std::vector<Mark>& marks, double height,
                    double slope) {
    const Mark& a = marks[from];
    int best = -1;
    double best_cost = std::numeric_limits<double>::max();
    for (int to : leaders) {
        const Mark& b = marks[to];
        const double dx = centre_x(b) - centre_x(a);
        if (to == from || dx <= 0) continue;
        const double gap = std::max(0, b.box.x - a.box.br().x);
        const double dy = std::abs(centre_y(b) - centre_y(a) - slope * dx);
        if (gap > kChainGap * height || dy > kVerticalReach * std::max(a.box.height, b.box.height)) continue;
        const double cost = dx + 2 * dy;
        if (cost < best_cost) {
            best_cost = cost;
            best = to;
        }
    }
    return best;
}

Chain make_chain(std::vector<int> ids, const std::vector<Mark>& marks, double height, double slope) {
    Chain chain;
    chain.marks = std::move(ids);
    chain.line = fit(chain.marks, marks, height, slope);
    chain.left = std::numeric_limits<double>::max();
    chain.right = std::numeric_limits<double>::lowest();
    std::vector<double> heights;
    for (int id : chain.marks) {
        chain.left = std::min<double>(chain.left, marks[id].box.x);
        chain.right = std::max<double>(chain.right, marks[id].box.br().x);
        heights.push_back(marks[id].box.height);
    }
    chain.height = median(heights);
    return chain;
}

std::vector<Chain> chains_of(const std::vector<int>& leaders, const std::vector<Mark>& marks, double height,
                             double slope) {
    // Each mark has one right neighbour; where several want the same one, the nearest has it.
    std::vector<int> next(marks.size(), -1), previous(marks.size(), -1);
    for (int id : leaders) {
        const int to = right_neighbour(id, leaders, marks, height, slope);
        if (to < 0) continue;
        const int rival = previous[to];
        if (rival >= 0 && centre_x(marks[rival]) >= centre_x(marks[id])) continue;
        if (rival >= 0) next[rival] = -1;
        previous[to] = id;
        next[id] = to;
    }
    std::vector<Chain> chains;
    for (int id : leaders) {
        if (previous[id] >= 0) continue;
        std::vector<int> ids;
        for (int i = id; i >= 0; i = next[i]) ids.push_back(i);
        chains.push_back(make_chain(std::move(ids), marks, height, slope));
    }
    return chains;
}

struct PageSlope {
    double value = 0;
    std::size_t votes = 0;
};

// The slope on which most neighbours agree, each pair of a chain having one vote.
PageSlope page_slope(const std::vector<Chain>& chains, const std::vector<Mark>& marks) {
    std::vector<double> slopes;
    for (const Chain& c : chains)
        for (std::size_t i = 1; i < c.marks.size(); ++i) {
            const Mark &a = marks[c.marks[i - 1]], &b = marks[c.marks[i]];
            slopes.push_back((centre_y(b) - centre_y(a)) / std::max(1.0, centre_x(b) - centre_x(a)));
        }
    return {median(slopes), slopes.size()};
}

// Marks of one row stand beside each other: none of b's covers a good part of one of a's.
bool stand_apart(const Chain& a, const Chain& b, const std::vector<Mark>& marks) {
    for (int i : a.marks)
        for (int j : b.marks) {
            const cv::Rect &p = marks[i].box, &q = marks[j].box;
            const int overlap = std::min(p.br().x, q.br().x) - std::max(p.x, q.x);
            if (overlap > kSharedWidth * std::min(p.width, q.width)) return false;
        }
    return true;
}

enum class Meeting { side_by_side, interleaved, level };

// The baselines of two chains meet where the chains do: halfway between them where they stand side by side, in the
// middle of the shorter one where it stands in a gap of the other. Chains on a level stand side by side, whatever their
// slopes.
bool continue_each_other(const Chain& a, const Chain& b, const std::vector<Mark>& marks, Meeting meeting) {
    const double ratio = a.height / std::max(1.0, b.height);
    if (ratio < 1 / kHeightRatio || ratio > kHeightRatio) return false;
    const double from = std::min(a.right, b.right), to = std::max(a.left, b.left);
    const bool side_by_side = from - to < 0.5 * std::min(a.height, b.height);
    if (side_by_side == (meeting == Meeting::interleaved)) return false;
    const Chain& shorter = a.right - a.left < b.right - b.left ? a : b;
    const double x = side_by_side ? 0.5 * (from + to) : 0.5 * (shorter.left + shorter.right);
    const double reach = kBaselineReach * std::min(a.height, b.height) + kBaselineDrift * std::max(0.0, to - from);
    const double apart = meeting == Meeting::level ? a.line.y0 - b.line.y0 : a.line.at(x) - b.line.at(x);
    return std::abs(apart) < reach && (side_by_side || stand_apart(a, b, marks));
}

void merge_chains(std::vector<Chain>& chains, const std::vector<Mark>& marks, double height, double slope,
                  Meeting meeting) {
    for (bool merged = true; merged;) {
        merged = false;
        for (std::size_t i = 0; i < chains.size() && !merged; ++i)
            for (std::size_t j = i + 1; j < chains.size() && !merged; ++j)
                if (continue_each_other(chains[i], chains[j], marks, meeting)) {
                    std::vector<int> ids = chains[i].marks;
                    ids.insert(ids.end(), chains[j].marks.begin(), chains[j].marks.end());
                    chains[i] = make_chain(std::move(ids), marks, height, slope);
                    chains.erase(chains.begin() + static_cast<std::ptrdiff_t>(j));
                    merged = true;
                }
    }
}

// A row of small digits beside or under larger ones: a mark that is low on its page but not where it stands, among
// others like it, in its row or in columns. A stamp or a heading may be much larger than all that is to be read.
bool leads_small_row(int id, const std::vector<Mark>& marks, double page_height) {
    const cv::Rect& own = marks[id].box;
    if (own.height < kSmallRow * page_height || own.width > kUnionWidth * own.height) return false;
    std::size_t alike = 0;
    for (const Mark& other : marks) {
        const cv::Rect& box = other.box;
        const int shared = std::min(own.br().y, box.br().y) - std::max(own.y, box.y);
        const int gap = std::max({0, own.x - box.br().x, box.x - own.br().x});
        if (&other == &marks[id] || std::max(gap, -shared) > kChainGap * own.height) continue;
        const bool beside = shared >= kSharedHeight * own.height;
        if (beside && own.height < kSmallMark * box.height) return false;
        alike += box.height < kLikeHeight * own.height && own.height < kLikeHeight * box.height &&
                 (beside ? gap > 0 : shared <= 0);
    }
    return alike >= kSmallRowMarks;
}

// Marks too low to lead a row (a 5's bar, a segment, a dot) join the row whose band they lie in.
void join_small_marks(std::vector<Chain>& chains, const std::vector<Mark>& marks, const std::vector<int>& small) {
    for (int id : small) {
        Chain* nearest = nullptr;
        double least = std::numeric_limits<double>::max();
        for (Chain& chain : chains) {
            const double dy = std::abs(centre_y(marks[id]) - chain.line.at(centre_x(marks[id])));
            const double beyond = std::max({0.0, chain.left - centre_x(marks[id]), centre_x(marks[id]) - chain.right});
            if (dy < 0.75 * chain.height && beyond < 1.5 * chain.height && dy + beyond < least) {
                least = dy + beyond;
                nearest = &chain;
            }
        }
        if (nearest) nearest->marks.push_back(id);
    }
}

// A mark of a row, and the places of the row between which it stands.
struct Unit {
    int first, last;
    const Mark* mark;
    std::vector<int> ids;  // of its pieces, or its own
};

// Every mark alone, and runs of up to `most` neighbours that are together no wider than a digit and no taller than the
// row.
void propose_unions(const std::vector<Unit>& units, double height, std::size_t most,
                    std::vector<Candidate>& candidates) {
    for (std::size_t first = 0; first < units.size(); ++first) {
        const Unit& unit = units[first];
        Candidate all{unit.first, unit.last, unit.mark->box, unit.mark->area_px, 1, false, false, false, unit.ids};
        all.of_segments = unit.mark->of_segments;
        candidates.push_back(all);
        all.of_segments = false;
        for (std::size_t last = first + 1; last < units.size() && last - first < most; ++last) {
            const Unit& next = units[last];
            const int gap = next.mark->box.x - all.box.br().x;
            all.box |= next.mark->box;
            if (gap > 0.3 * height || all.box.width > kUnionWidth * height || all.box.height > 1.7 * height) break;
            all.last = next.last;
            all.ink_px += next.mark->area_px;
            ++all.wholes;
            all.marks.insert(all.marks.end(), next.ids.begin(), next.ids.end());
            candidates.push_back(all);
        }
    }
}

// Leaves out parts that no sequence of parts from one end of the mark to the other has: a part is a digit or nothing.
void leave_out_unreachable(std::vector<Candidate>& parts, const Unit& unit) {
    const auto at = [&](int place) { return static_cast<std::size_t>(place - unit.first); };
    std::vector<char> from_start(at(unit.last) + 1), to_end(from_start.size());
    from_start.front() = to_end.back() = 1;
    for (const Candidate& part : parts) from_start[at(part.last)] |= from_start[at(part.first)];
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) to_end[at(part->first)] |= to_end[at(part->last)];
    std::erase_if(parts, [&](const Candidate& part) { return !from_start[at(part.first)] || !to_end[at(part.last)]; });
}

// Parts of a mark that was cut: what lies between two cuts, or a cut and an end, alone and with what may be a stroke of
// what lies before the first one, too.
void propose_parts(const Unit& unit, const Marks& marks, double height, std::vector<Candidate>& candidates) {
    if (unit.mark->cuts == 0) return;
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - unit.mark->pieces);
    std::vector<Cut> cuts{{}};  // with the ends
    const auto own = marks.cuts.begin() + unit.mark->first_cut;
    cuts.insert(cuts.end(), own, own + unit.mark->cuts);
    cuts.push_back({all, 0});
    const double lowest = kLowestPart * std::min<double>(height, marks.digit_height_px);
    std::vector<Candidate> parts;
    const auto propose = [&](std::size_t from, std::size_t to, std::uint64_t set, bool shares) {
        const bool by_strokes = cuts[from].by_strokes || cuts[to].by_strokes;
        Candidate part{unit.first + static_cast<int>(from),
                       unit.first + static_cast<int>(to),
                       {},
                       0,
                       0,
                       shares,
                       false,
                       by_strokes,
                       {}};
        for (; set != 0; set &= set - 1) {
            const int id = unit.ids[static_cast<std::size_t>(std::countr_zero(set))];
            part.box |= marks.at(id).box;
            part.ink_px += marks.at(id).area_px;
            part.marks.push_back(id);
        }
        if (part.box.width <= kUnionWidth * height && part.box.height >= lowest) parts.push_back(std::move(part));
    };
    for (std::size_t from = 0; from + 1 < cuts.size(); ++from)
        for (std::size_t to = from + 1; to < cuts.size(); ++to) {
            const std::uint64_t between = cuts[to].left & ~cuts[from].left, with = between | cuts[from].both;
            if ((cuts[from].left & ~cuts[to].left) != 0 || between == 0) continue;
            const bool by_strokes = cuts[from].by_strokes || cuts[to].by_strokes;
            const double least = (by_strokes ? kThreeByStrokes : kThreeWidth) * height;
            if (from > 0 && to + 1 < cuts.size() && unit.mark->box.width < least) continue;
            if (between != all) propose(from, to, between, false);
            if (with != between && with != all) propose(from, to, with, true);
        }
    leave_out_unreachable(parts, unit);
    candidates.insert(candidates.end(), parts.begin(), parts.end());
}

// The row's marks from left to right with what may be digits.
MarkRow make_row(const Chain& chain, const Marks& marks, const StageParts& parts) {
    MarkRow row;
    row.slope = static_cast<float>(chain.line.slope);
    // Fewer marks may all be scraps, but for those that have others like them around.
    const auto is_small = [&](int id) {
        return marks.marks[id].box.height < kSmallMark * marks.digit_height_px &&
               leads_small_row(id, marks.marks, marks.digit_height_px);
    };
    const bool has_height =
        chain.marks.size() > kSmallRowMarks || std::any_of(chain.marks.begin(), chain.marks.end(), is_small);
    if (parts.row_sizes && has_height) row.height_px = static_cast<float>(chain.height);
    row.marks = chain.marks;
    std::vector<Unit> units;
    for (const int id : chain.marks) {
        const int first = row.places - 1;
        row.places += 1 + marks.marks[id].cuts;
        units.push_back({first, row.places - 1, &marks.marks[id], marks.parts_of(id)});
    }
    propose_unions(units, chain.height, parts.unions ? kUnionMarks : 1, row.candidates);
    for (const Unit& unit : units) propose_parts(unit, marks, chain.height, row.candidates);
    std::stable_sort(row.candidates.begin(), row.candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.first < b.first; });
    return row;
}

}  // namespace

std::vector<MarkRow> order(const Marks& marks, const StageParts& parts) {
    const double height = marks.digit_height_px;
    std::vector<int> leaders, small;
    for (int i = 0; i < static_cast<int>(marks.marks.size()); ++i) {
        const bool leads = marks.marks[i].box.height >= kSmallMark * height ||
                           (parts.row_sizes && leads_small_row(i, marks.marks, height));
        (leads ? leaders : small).push_back(i);
    }

    // Twice: the first pass finds the page's slope, the second uses it where a chain is too short to have its own.
    std::vector<Chain> chains = chains_of(leaders, marks.marks, height, 0);
    const PageSlope page = parts.slope ? page_slope(chains, marks.marks) : PageSlope{};
    const double slope = page.value;
    chains = chains_of(leaders, marks.marks, height, slope);
    merge_chains(chains, marks.marks, height, slope, Meeting::side_by_side);
    merge_chains(chains, marks.marks, height, slope, Meeting::interleaved);
    if (page.votes < kFewVotes) merge_chains(chains, marks.marks, height, slope, Meeting::level);
    join_small_marks(chains, marks.marks, small);

    const double middle = 0.5 * marks.labels.cols;
    std::sort(chains.begin(), chains.end(), [&](const Chain& a, const Chain& b) {
        const double ya = a.line.y0 + slope * (middle - a.line.x0), yb = b.line.y0 + slope * (middle - b.line.x0);
        return ya != yb ? ya < yb : a.left < b.left;
    });

    std::vector<MarkRow> rows;
    for (Chain& chain : chains) {
        std::sort(chain.marks.begin(), chain.marks.end(), [&](int a, int b) {
            const double xa = centre_x(marks.marks[a]), xb = centre_x(marks.marks[b]);
            return xa != xb ? xa < xb : a < b;
        });
        rows.push_back(make_row(chain, marks, parts));
    }
    return rows;
}

}  // namespace chiffre
