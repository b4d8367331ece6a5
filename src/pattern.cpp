// pattern.cpp -- regular expression -> nondeterministic automaton (Thompson 1968) -> deterministic one (subset
// construction, Rabin and Scott 1959), without the states from which nothing more can match.
#include "pattern.h"

#include <algorithm>
#include <bitset>
#include <charconv>
#include <map>
#include <string_view>

#include "error.h"

namespace chiffre {
namespace {

using Digits = std::bitset<10>;

constexpr int kMostStates = 512;  // time and memory of a row grow with them; a row has far fewer digits
constexpr int kMostRepeats = 200;
constexpr int kDeepest = 100;       // parentheses inside parentheses: the parser calls itself
constexpr int kMostParts = 20'000;  // of an expression with repeats inside repeats

// One step: over a digit of `over`, or for nothing where that is empty.
struct Step {
    int to = 0;
    Digits over;
};
// A part of the expression, from its entry to its exit.
struct Part {
    int entry = 0, exit = 0;
};

class Parser {
  public:
    Parser(const std::string& text, const std::string& option) : text_(text), option_(option) {
        whole_ = alternatives();
        if (at_ < text_.size()) fail("an end or '|'");
    }
    const std::vector<std::vector<Step>>& steps() const { return steps_; }
    Part whole() const { return whole_; }

  private:
    [[noreturn]] void fail(const std::string& expected) const {
        const std::string found = at_ < text_.size() ? "'" + text_.substr(at_) + "'" : "the end";
        throw Error(ErrorCode::usage, option_ + ": expected " + expected + " at place " + std::to_string(at_ + 1) +
                                          " of '" + text_ + "', found " + found);
    }
    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool ahead(std::string_view any_of) const {
        return at_ < text_.size() && any_of.find(text_[at_]) != std::string_view::npos;
    }

    int add_state() {
        if (steps_.size() >= kMostParts)
            throw Error(ErrorCode::usage, option_ + ": expected fewer repeats, found '" + text_ + "'");
        steps_.emplace_back();
        return static_cast<int>(steps_.size()) - 1;
    }
    void connect(int from, int to, Digits over = {}) { steps_[static_cast<std::size_t>(from)].push_back({to, over}); }

    Part alternatives() {
        Part all = sequence();
        while (take('|')) {
            const Part other = sequence(), both{add_state(), add_state()};
            for (const Part& one : {all, other}) {
                connect(both.entry, one.entry);
                connect(one.exit, both.exit);
            }
            all = both;
        }
        return all;
    }

    Part sequence() {
        Part all{add_state(), 0};
        all.exit = all.entry;
        while (at_ < text_.size() && !ahead("|)")) {
            const Part next = repeated();
            connect(all.exit, next.entry);
            all.exit = next.exit;
        }
        return all;
    }

    // How often a part may stand there; most: kEndless for no limit.
    struct Repeats {
        int least = 1, most = 1;
    };
    static constexpr int kEndless = -1;

    Repeats repeats() {
        if (take('?')) return {0, 1};
        if (take('*')) return {0, kEndless};
        if (take('+')) return {1, kEndless};
        if (!take('{')) return {};
        Repeats bounds{number(), 0};
        bounds.most = bounds.least;
        if (take(',')) bounds.most = ahead("}") ? kEndless : number();
        if (bounds.most != kEndless && bounds.most < bounds.least)
            fail("no less than " + std::to_string(bounds.least) + " before");
        if (!take('}')) fail("'}'");
        return bounds;
    }

    // A part that is repeated is parsed again for each time.
    Part repeated() {
        const std::size_t begin = at_;
        const Part first = single();
        const auto [least, most] = repeats();
        if (ahead("?*+{")) fail("one repeat");
        const std::size_t end = at_;
        bool is_first = true;
        int last = add_state();
        const auto next = [&] {
            Part part = first;
            if (!is_first) {
                at_ = begin;
                part = single();
                at_ = end;
            }
            is_first = false;
            connect(last, part.entry);
            return part;
        };
        const Part all{last, add_state()};
        for (int i = 0; i < least; ++i) last = next().exit;
        if (most == kEndless) connect(next().exit, last);
        for (int i = least; i < most; ++i) {
            connect(last, all.exit);
            last = next().exit;
        }
        connect(last, all.exit);
        return all;
    }

    int number() {
        int value = 0;
        const char* from = text_.data() + at_;
        const auto read = std::from_chars(from, text_.data() + text_.size(), value);
        if (read.ec != std::errc{} || value < 0 || value > kMostRepeats)
            fail("a number from 0 to " + std::to_string(kMostRepeats));
        at_ += static_cast<std::size_t>(read.ptr - from);
        return value;
    }
    Part single() {
        if (take('(')) {
            if (++depth_ > kDeepest) fail("no more than " + std::to_string(kDeepest) + " '('");
            const Part part = alternatives();
            if (!take(')')) fail("')'");
            --depth_;
            return part;
        }
        const Digits over = digits();
        const Part part{add_state(), add_state()};
        connect(part.entry, part.exit, over);
        return part;
    }

    int digit() {
        if (!ahead("0123456789")) fail("a digit");
        return text_[at_++] - '0';
    }
    Digits digits() {
        if (take('.')) return Digits().set();
        if (take('[')) return digit_class();
        if (!take('\\')) {
            if (!ahead("0123456789")) fail("a digit, '.', '\\d', '[' or '('");
            return Digits().set(static_cast<std::size_t>(digit()));
        }
        if (!take('d')) fail("'d'");
        return Digits().set();
    }
    Digits digit_class() {
        const bool inverse = take('^');
        Digits all;
        do {
            if (take('\\')) {
                if (!take('d')) fail("'d'");
                all.set();
                continue;
            }
            const int from = digit(), to = take('-') ? digit() : from;
            if (to < from) fail("a range that rises");
            for (int d = from; d <= to; ++d) all.set(static_cast<std::size_t>(d));
        } while (!ahead("]") && at_ < text_.size());
        if (!take(']')) fail("']'");
        if (inverse) all.flip();
        if (all.none()) fail("a class that some digit is in");  // a step over none would be one for nothing
        return all;
    }

    const std::string &text_, &option_;
    std::size_t at_ = 0;
    int depth_ = 0;  // of parentheses
    std::vector<std::vector<Step>> steps_;
    Part whole_;
};

// All states that `states` lead to for nothing, sorted.
std::vector<int> closure(const std::vector<std::vector<Step>>& steps, std::vector<int> states) {
    std::vector<bool> seen(steps.size());
    for (const int s : states) seen[static_cast<std::size_t>(s)] = true;
    for (std::size_t i = 0; i < states.size(); ++i)
        for (const Step& step : steps[static_cast<std::size_t>(states[i])])
            if (step.over.none() && !seen[static_cast<std::size_t>(step.to)]) {
                seen[static_cast<std::size_t>(step.to)] = true;
                states.push_back(step.to);
            }
    std::sort(states.begin(), states.end());
    return states;
}

[[noreturn]] void too_many(const std::string& option, const std::string& text) {
    throw Error(ErrorCode::usage, option + ": expected an expression of at most " + std::to_string(kMostStates) +
                                      " states, found more for '" + text + "'");
}

}  // namespace

Pattern::Pattern() : next_(1), accepts_(1, true), anything_(true) {
    next_[0].fill(0);
}

Pattern Pattern::parse(const std::string& expression, const std::string& option) {
    const Parser parser(expression, option);
    const auto& steps = parser.steps();
    std::map<std::vector<int>, int> number;
    std::vector<std::vector<int>> sets;
    const auto number_of = [&](std::vector<int> set) {
        const auto [place, is_new] = number.emplace(set, static_cast<int>(sets.size()));
        if (is_new) sets.push_back(std::move(set));
        if (sets.size() > kMostStates) too_many(option, expression);
        return place->second;
    };
    Pattern pattern;
    pattern.anything_ = false;
    pattern.next_.clear();
    pattern.accepts_.clear();
    number_of(closure(steps, {parser.whole().entry}));
    for (std::size_t i = 0; i < sets.size(); ++i) {
        const std::vector<int> from = sets[i];
        pattern.accepts_.push_back(std::binary_search(from.begin(), from.end(), parser.whole().exit));
        pattern.next_.emplace_back();
        for (std::size_t d = 0; d < 10; ++d) {
            std::vector<int> to;
            for (const int s : from)
                for (const Step& step : steps[static_cast<std::size_t>(s)])
                    if (step.over[d] && std::find(to.begin(), to.end(), step.to) == to.end()) to.push_back(step.to);
            pattern.next_[i][d] = to.empty() ? kDead : number_of(closure(steps, std::move(to)));
        }
    }
    pattern.drop_dead_ends();
    if (std::all_of(pattern.next_.front().begin(), pattern.next_.front().end(), [](int to) { return to == kDead; }))
        throw Error(ErrorCode::usage, option + ": expected what some digits match, found '" + expression + "'");
    return pattern;
}

Pattern Pattern::count(const std::string& range, const std::string& option) {
    const auto refuse = [&] {
        throw Error(ErrorCode::usage, option + ": expected N or A-B from 1 to " + std::to_string(kMostRepeats) +
                                          ", found '" + range + "'");
    };
    const char *at = range.data(), *end = at + range.size();
    int least = 0, most = 0;
    auto read = std::from_chars(at, end, least);
    if (read.ec != std::errc{}) refuse();
    most = least;
    if (read.ptr != end && *read.ptr == '-') read = std::from_chars(read.ptr + 1, end, most);
    if (read.ec != std::errc{} || read.ptr != end || least < 1 || most < least || most > kMostRepeats) refuse();
    return parse("\\d{" + std::to_string(least) + "," + std::to_string(most) + "}", option);
}

Pattern Pattern::both(const Pattern& a, const Pattern& b) {
    if (a.anything_) return b;
    if (b.anything_) return a;
    std::map<std::pair<int, int>, int> number;
    std::vector<std::pair<int, int>> pairs;
    const auto number_of = [&](std::pair<int, int> pair) {
        const auto [place, is_new] = number.emplace(pair, static_cast<int>(pairs.size()));
        if (is_new) pairs.push_back(pair);
        if (pairs.size() > kMostStates) too_many("--digits and --expect", "both");
        return place->second;
    };
    Pattern both;
    both.anything_ = false;
    both.next_.clear();
    both.accepts_.clear();
    number_of({a.start(), b.start()});
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const auto [p, q] = pairs[i];
        both.accepts_.push_back(a.accepts(p) && b.accepts(q));
        both.next_.emplace_back();
        for (int d = 0; d < 10; ++d) {
            const int next_p = a.next(p, d), next_q = b.next(q, d);
            both.next_[i][static_cast<std::size_t>(d)] =
                next_p == kDead || next_q == kDead ? kDead : number_of({next_p, next_q});
        }
    }
    both.drop_dead_ends();
    if (both.accepts_.empty())
        throw Error(ErrorCode::usage,
                    "--digits, --expect: expected what some row can match, found nothing that both do");
    return both;
}

// Empties the pattern where even its start leads nowhere.
void Pattern::drop_dead_ends() {
    std::vector<bool> alive = accepts_;
    for (bool grown = true; grown;) {
        grown = false;
        for (std::size_t i = 0; i < next_.size(); ++i)
            if (!alive[i] && std::any_of(next_[i].begin(), next_[i].end(),
                                         [&](int to) { return to != kDead && alive[static_cast<std::size_t>(to)]; }))
                alive[i] = grown = true;
    }
    std::vector<int> kept(next_.size(), kDead);
    int count = 0;
    for (std::size_t i = 0; i < next_.size(); ++i)
        if (alive[i]) kept[i] = count++;
    if (!alive.front()) count = 0;
    std::vector<std::array<int, 10>> next;
    std::vector<bool> accepts;
    for (std::size_t i = 0; i < next_.size() && count > 0; ++i) {
        if (!alive[i]) continue;
        for (int& to : next_[i]) to = to == kDead ? kDead : kept[static_cast<std::size_t>(to)];
        next.push_back(next_[i]);
        accepts.push_back(accepts_[i]);
    }
    next_ = std::move(next);
    accepts_ = std::move(accepts);
}

}  // namespace chiffre
