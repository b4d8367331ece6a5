// results.h -- where the figures of `analyze evaluate` go: to standard output at once, or to a file that appears when
// they are complete.
#pragma once

#include <optional>
#include <string>

#include "atomic_file.h"

namespace chiffre {

class Results {
  public:
    // `output`: a file, or empty for standard output. Throws Error(usage) where the file exists and `force` is not set.
    Results(const std::string& output, bool force);

    // Throw Error(unwritable).
    void write(const std::string& text);
    void finish();

  private:
    std::optional<AtomicFile> file_;
};

}  // namespace chiffre
