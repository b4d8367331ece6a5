// progress.h -- how far a run is, for people on a terminal or for programs, and what it came to.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "run/tally.h"

namespace chiffre {

enum class ProgressStyle { none, terminal, json };

// What is said on standard error is in docs/output.md.
class Progress {
  public:
    // before: what an earlier run had done; rates do not count it.
    Progress(ProgressStyle style, const Tally& before) : style_(style), before_(before) {}

    // After each photo. total: of names, where that is known. Says something at most ten times a second on a terminal,
    // once a second in JSON.
    void update(const Tally& tally, std::optional<std::int64_t> total);
    // Once: nothing more is said. state: "finished", "interrupted" or "failed".
    void end(const Tally& tally, std::optional<std::int64_t> total, const std::string& state);

    // What it came to, in one line. devices: where photos were read.
    std::string summary(const Tally& tally, const std::set<std::string>& devices) const;

  private:
    using Clock = std::chrono::steady_clock;  // nobody sets it back

    struct Rates {
        double seconds, photos_per_s, digits_per_s;
    };
    Rates rates(const Tally& tally) const;
    std::optional<double> seconds_left(const Tally& tally, std::optional<std::int64_t> total) const;
    std::string json(const Tally& tally, std::optional<std::int64_t> total, const std::string& state) const;
    std::string line(const Tally& tally, std::optional<std::int64_t> total) const;

    ProgressStyle style_;
    Tally before_;
    Clock::time_point start_ = Clock::now(), next_ = start_;
};

}  // namespace chiffre
