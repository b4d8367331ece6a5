// progress.h -- how far training is: a bar with the time left on a terminal, one line per epoch everywhere.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "fit.h"

namespace chiffre::training {

class Progress {
  public:
    // set_names: of TrainingData::validation. Talks on stderr.
    explicit Progress(std::vector<std::string> set_names);

    void step(const StepReport& report);
    void epoch(const EpochReport& report, int epochs);
    // Leaves the cursor on a fresh line, below the bar. So does an end by an exception, whose message comes next.
    void end();
    ~Progress() { end(); }

    // Over the last epoch, samples made included; without validation, log, plot and checkpoint.
    double images_per_s() const { return images_per_s_; }

  private:
    using Clock = std::chrono::steady_clock;
    std::vector<std::string> set_names_;
    bool terminal_;
    bool bar_ = false;  // stands on the terminal
    Clock::time_point start_ = Clock::now(), drawn_{};
    std::int64_t steps_ = 0;  // since start_: a resumed run does not start at 0
    // Of the epoch that is under way, as far as this run had it.
    std::int64_t epoch_images_ = 0;
    double epoch_s_ = 0;
    double images_per_s_ = 0;
};

}  // namespace chiffre::training
