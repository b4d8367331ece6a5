// timing.h -- how long each stage took, summed over the images of a run.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reading.h"

namespace chiffre {

class Timing {
  public:
    // The stages of one image that was read.
    void add(std::span<const StageTime> times);
    // The last stage, which is not part of a Reading.
    void add_report(double ms);
    // Of an engine that was opened beside the first stages, and how much of it was waited for.
    void set_opening(double ms, double waited_ms);

    // A small table for people: stage, ms, ms per image, share of the sum; and a line about the engine's opening.
    std::string table() const;

  private:
    std::vector<StageTime> sums_;  // in the order in which the stages ran
    double report_ms_ = 0;
    std::optional<std::string> opening_;
    int images_ = 0;
};

}  // namespace chiffre
