// pattern.h -- what a row may read, as a deterministic automaton over the ten digits: a path through the row's
// candidates walks it digit by digit. Standard libraries match regular expressions against finished texts and keep
// their states to themselves.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace chiffre {

class Pattern {
  public:
    static constexpr int kDead = -1;

    // Anything.
    Pattern();

    // A regular expression for the whole row: 0-9, `.` and \d for any digit, [1-3], [^0], ( ), |, ?, *, +, {m}, {m,},
    // {m,n}. Throws Error(usage) with `option` for the name.
    static Pattern parse(const std::string& expression, const std::string& option);

    // "N" or "A-B" digits. Throws Error(usage).
    static Pattern count(const std::string& range, const std::string& option);

    // What both match. Throws Error(usage) where that is nothing.
    static Pattern both(const Pattern& a, const Pattern& b);

    int states() const { return static_cast<int>(next_.size()); }
    int start() const { return 0; }
    // kDead: nothing that begins like this matches.
    int next(int state, int digit) const {
        return next_[static_cast<std::size_t>(state)][static_cast<std::size_t>(digit)];
    }
    bool accepts(int state) const { return accepts_[static_cast<std::size_t>(state)]; }
    bool matches_anything() const { return anything_; }

  private:
    std::vector<std::array<int, 10>> next_;
    std::vector<bool> accepts_;
    bool anything_ = false;
    void drop_dead_ends();
};

}  // namespace chiffre
