// replay.h -- the records of a run that did not end, held against the names of this one: what is done, and where to go
// on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "report/report.h"
#include "run/names.h"
#include "run/tally.h"

namespace chiffre {

struct Replay {
    Tally tally;                  // of what is done
    std::int64_t bytes = 0;       // of the file that are whole records
    std::optional<Name> pending;  // taken from the names and not done: comes next
};

// Takes from `names` those whose records stand in `file`. A record that was cut off by the end of the run, or of the
// machine (bytes that are zero), is not counted; nor are the rows of the last photo in CSV, for some might be missing,
// unless `complete`. In text a photo that could not be read has no line: those before the last line are known by that.
// done: is told the path of each of those photos, in their order; failed: of each that could not be read.
// Throws Error(usage) where the records are not in this format, or not those of the first of these names in their
// order.
Replay replay(const std::string& file, const RecordStyle& style, bool complete, Names& names,
              const std::function<void(const std::string& path)>& done,
              const std::function<void(const std::string& path)>& failed);

}  // namespace chiffre
