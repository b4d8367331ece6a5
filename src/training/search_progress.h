// search_progress.h -- how far a search is, on stderr: a bar on a terminal, a line now and then elsewhere, and one for
// every rung.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "search.h"

namespace chiffre::training {

class SearchProgress {
  public:
    // epochs: of the whole search if no trial is dropped.
    explicit SearchProgress(std::int64_t epochs);

    void epoch();  // may be called by many threads at once
    void rung(const RungReport& report);
    // Leaves the cursor on a fresh line. So does an end by an exception, whose message comes next.
    void end();
    ~SearchProgress() { end(); }

  private:
    using Clock = std::chrono::steady_clock;
    double seconds_left() const;
    void draw();

    const bool terminal_;
    const Clock::time_point start_ = Clock::now();
    Clock::time_point drawn_ = start_;
    std::mutex mutex_;
    std::int64_t done_ = 0, left_;  // epochs
    bool bar_ = false;              // stands on the terminal
};

}  // namespace chiffre::training
