// results.h -- where the results of a run go: to standard output at once, or to a file that appears when the run is
// complete.
#pragma once

#include <optional>
#include <string>

#include "atomic_file.h"

namespace chiffre {

class Results {
  public:
    // `output`: a file, or empty for standard output. The header is written before the first record, so that a run that
    // cannot begin writes nothing. Throws Error(usage) where the file exists and `force` is not set.
    Results(const std::string& output, bool force, std::string header);

    // Throw Error(unwritable).
    void write(const std::string& record);
    void finish();

    // The name under which the results of a run that ended early are kept; none on standard output.
    std::optional<std::string> keep_partial();

  private:
    std::string header_;
    std::optional<AtomicFile> file_;
};

}  // namespace chiffre
