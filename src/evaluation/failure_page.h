// failure_page.h -- a static page of the pictures that were not read right, each with what every stage saw. It needs no
// server and nothing from the network.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "evaluation/report.h"
#include "pipeline.h"

namespace chiffre::evaluation {

class FailurePage {
  public:
    // Makes the folder; an empty name: no page is wanted, and nothing below does anything. The pictures of an earlier
    // page are removed; a folder with anything else is refused unless forced. Throws Error(unwritable).
    FailurePage(const std::string& folder, bool force);

    bool wanted() const { return !folder_.empty(); }

    // Writes the pictures of one failure at once, so that memory holds text alone. Without a reading: both null.
    // Throws Error(unwritable).
    void add(const Miss& miss, const Reading* reading, const Trace* trace, const ScoreMeaning& meaning);

    // Writes index.html. Throws Error(unwritable).
    void finish(const Subject& subject, const Statistics& statistics);

  private:
    std::filesystem::path folder_;
    std::vector<std::string> entries_;  // HTML
};

}  // namespace chiffre::evaluation
