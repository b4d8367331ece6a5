// cpu_engine.h -- the engine that every machine has.
#pragma once

#include <memory>

#include "engine.h"

namespace chiffre::cpu {

std::unique_ptr<Engine> open_cpu_engine(const Weights& weights);

}  // namespace chiffre::cpu
