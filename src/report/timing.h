// timing.h -- how long each stage took, summed over the images of a run.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "late_engine.h"
#include "reading.h"

namespace chiffre {

class Timing {
  public:
    // The stages of one image that was read.
    void add(std::span<const StageTime> times);
    // The last stage, which is not part of a Reading.
    void add_report(double ms);
    // Of an engine that was opened beside the first stages.
    void set_opening(const OpeningTimes& opening);
    // In place of that: what to say of the engine, in a few words.
    void set_engine(const std::string& words);

    // A small table for people: stage, ms, ms per image, share of the sum; and a line about the engine.
    std::string table() const;

  private:
    std::vector<StageTime> sums_;  // in the order in which the stages ran
    double report_ms_ = 0;
    std::string engine_;  // the line about it; empty: none
    int images_ = 0;
};

}  // namespace chiffre
