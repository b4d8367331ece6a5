// company.h -- what the page's digits look like, and how well a candidate goes with them: digits of a page are about
// equally high and bold; what only looks like a digit mostly does not.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "stages.h"

namespace chiffre {

// A digit that was read surely without regard to the others.
struct Fellow {
    cv::Rect box;
    int digit = 0;
    float stroke_px = 0;
    bool of_segments = false;
};
using Fellows = std::vector<Fellow>;

Fellow fellow_of(const Candidate& candidate, int digit);

class Company {
  public:
    // rows: the fellows of every row of the page.
    explicit Company(std::vector<Fellows> rows);

    // By how much the log-odds rise or fall that `one`, in that row, is a digit.
    float evidence(const Fellow& one, std::size_t row) const;

  private:
    struct Normal {
        float middle = 0, spread = 0;
    };
    struct Measure {
        Normal height, stroke;  // of logarithms
        float height_px = 0;
        std::size_t count = 0;
    };
    static Normal fit(std::vector<float>& values, float usual_spread);
    static Measure measure(const Fellows& fellows);
    float likeness(const Fellow& one, const Measure& like) const;
    bool is_stray(const Fellow& one, const Measure& like) const;
    Measure others(const Fellow& one, std::size_t row) const;

    std::vector<Fellows> rows_;
    std::vector<cv::Rect> no_ones_;   // digits of the page but its 1s
    std::vector<Measure> elsewhere_;  // the fellows of all other rows, for each row
};

}  // namespace chiffre
