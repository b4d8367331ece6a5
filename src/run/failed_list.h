// failed_list.h -- the paths of the photos that could not be read, as a list for --files-from.
#pragma once

#include <optional>
#include <string>

#include "run/result_file.h"

namespace chiffre {

// A line for each; where NUL bytes are asked for, or once a path holds a line feed itself, a NUL byte behind each.
class FailedList {
  public:
    // file: empty for none. Throws as ResultFile does.
    FailedList(const std::string& file, bool null_separated, ResultFile::Earlier earlier);

    // Throw Error(unwritable).
    void add(const std::string& path);
    void finish();

  private:
    std::optional<ResultFile> file_;
    char separator_;
};

}  // namespace chiffre
