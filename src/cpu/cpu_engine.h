// cpu_engine.h -- the engine on the CPU, for one thread.
#pragma once

#include <memory>

#include "engine.h"

namespace chiffre::cpu {

// Throws Error(usage) as chosen_kernels() does (isa.h).
std::unique_ptr<Engine> open_engine(const Weights& weights);

}  // namespace chiffre::cpu
