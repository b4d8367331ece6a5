// report.h -- the figures of an evaluation, for people and for programs. docs/output.md promises what is written here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluation/statistics.h"
#include "report/report.h"

namespace chiffre::evaluation {

// What the figures are of.
struct Subject {
    std::string labels;  // as given on the command line
    int pictures = 0;    // labelled and sure
    int unsure = 0;      // labelled, and left out
    int unreadable = 0;  // of `pictures`
    std::string device, weights, context_weights;
    double min_confidence = 0;
    std::vector<std::string> without;  // parts of the reading that were left out
};

// A picture whose reading is not that of its label, row by row.
struct Miss {
    Label label;
    std::vector<std::string> got;
    std::optional<Failure> failure;  // there was no reading
    Verdict verdict;
};

// The first table alone: a line for each group.
std::string groups_text(const Statistics& statistics);
// All tables.
std::string evaluation_text(const Subject& subject, const Statistics& statistics);
// One JSON object and a line feed.
std::string evaluation_json(const Subject& subject, const Statistics& statistics, const std::vector<Miss>& misses);

}  // namespace chiffre::evaluation
