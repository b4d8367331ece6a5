// cpu_engine.h -- the engine on the CPU, for one thread.
#pragma once

#include <memory>

#include "engine.h"
#include "isa.h"

namespace chiffre::cpu {

// With the kernels of one instruction set; by default chosen_kernels(), which may throw Error(usage).
std::unique_ptr<Engine> open_engine(const Weights& weights, const Kernels& kernels = chosen_kernels());

}  // namespace chiffre::cpu
