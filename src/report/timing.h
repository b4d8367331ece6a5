// timing.h -- how long each stage took, summed over the images of a run.
#pragma once

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

    // A small table for people: stage, ms, ms per image, share of the sum.
    std::string table() const;

  private:
    std::vector<StageTime> sums_;  // in the order in which the stages ran
    double report_ms_ = 0;
    int images_ = 0;
};

}  // namespace chiffre
