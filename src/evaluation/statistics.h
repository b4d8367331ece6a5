// statistics.h -- readings held against labels, and the figures over many of them.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "evaluation/alignment.h"
#include "evaluation/labels.h"
#include "reading.h"

namespace chiffre::evaluation {

// What was read, as it is compared: each row's digits without gaps; rows without any digit left out.
std::vector<std::string> rows_of(const Reading& reading);

// Something that was read, with how sure the program said it was.
struct Judged {
    double confidence = 0;
    bool right = false;
};

// One picture. One that could not be read is judged by an empty Reading.
struct Verdict {
    bool exact = false;                // every digit right and in order, wherever rows break
    bool rows_right = false;           // exact, and the breaks between rows are right as well
    std::vector<Step> steps;           // all digits, rows joined
    std::vector<bool> row_right;       // of each row of the truth
    std::vector<Judged> digits, rows;  // without '?', and rows without one: these claim nothing
    std::vector<Judged> picture;       // one, or none where nothing or a '?' was read
};
Verdict judge(const Label& label, const Reading& reading);

struct Tally {
    int images = 0, exact = 0, rows = 0;             // pictures; `rows`: those with rows_right
    int digits = 0, distance = 0, false_digits = 0;  // `digits`: true ones

    void add(const Label& label, const Verdict& verdict);
    double exact_share() const;       // of the pictures
    double digit_error_rate() const;  // distance over digits; not a number without digits. So the next
    double false_rate() const;
};

// Of the true rows of one length.
struct LengthTally {
    int rows = 0, right = 0;
    int digits = 0, digits_right = 0;
};

// counts[true digit][read digit]; further rows and columns as named.
struct Confusions {
    static constexpr int kInvented = 10;                // a row: no digit stands there
    static constexpr int kRejected = 10, kMissed = 11;  // columns: '?', nothing
    std::array<std::array<int, 12>, 11> counts{};
    void add(Step step);
};

// Confidences against the share that is right: in ten equal bins from 0 to 1, a confidence of 1 in the last, and from
// some thresholds up.
// Source: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017.
class Reliability {
  public:
    struct Bin {
        int count = 0, right = 0;
        double confidence = 0;  // sum
    };
    static constexpr int kBins = 10;
    static constexpr std::array kThresholds{0.5, 0.8, 0.9, 0.95, 0.99, 0.999};

    void add(const Judged& judged);
    const std::array<Bin, kBins>& bins() const { return bins_; }
    // accepted()[i]: what --min-confidence kThresholds[i] lets pass.
    const std::array<Bin, kThresholds.size()>& accepted() const { return accepted_; }
    int count() const;
    // Expected calibration error: mean of |confidence - share right| of the bins, weighted by what is in them. Not a
    // number where nothing is.
    double calibration_error() const;

  private:
    std::array<Bin, kBins> bins_{};
    std::array<Bin, kThresholds.size()> accepted_{};
};

class Statistics {
  public:
    void add(const Label& label, const Verdict& verdict);
    // "all" and "digits only" first, then difficulties from easy to hard, kinds, and the rest by name. "digits only" is
    // left out where it is all pictures.
    std::vector<std::pair<std::string, Tally>> groups() const;
    const Tally& all() const { return groups_.at("all"); }
    const std::map<int, LengthTally>& lengths() const { return lengths_; }
    const Confusions& confusions() const { return confusions_; }
    const Reliability& digits() const { return digits_; }
    const Reliability& rows() const { return rows_; }
    const Reliability& pictures() const { return pictures_; }

  private:
    std::map<std::string, Tally> groups_{{"all", {}}};
    std::map<int, LengthTally> lengths_;  // by the number of digits in the row
    Confusions confusions_;
    Reliability digits_, rows_, pictures_;
};

}  // namespace chiffre::evaluation
