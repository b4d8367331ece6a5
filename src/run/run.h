// run.h -- one run of analyze over all its images: names in, records out, in the same order whoever reads them when.
#pragma once

#include "analyze_options.h"
#include "run/engines.h"

namespace chiffre {

// Reads what options.paths and options.lists stand for and returns the exit status. `engines` has opened none and
// outlives the call. Throws Error for what ends the run (usage, bad_weights, no_device, unwritable).
int run(const AnalyzeOptions& options, Engines& engines);

}  // namespace chiffre
