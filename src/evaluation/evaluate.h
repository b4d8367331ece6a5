// evaluate.h -- the command `analyze evaluate`: labelled pictures through the same pipeline as all others.
#pragma once

#include <optional>

#include "analyze_options.h"
#include "run/engines.h"

namespace chiffre::evaluation {

// Reads every picture of options.labels, prints the figures and returns the exit status. A picture that cannot be read
// counts as one in which nothing was found. `engines` has opened none and outlives the call. Throws Error.
int evaluate(const AnalyzeOptions& options, Engines& engines);

}  // namespace chiffre::evaluation
