// isa.h -- which instruction set the CPU engine uses.
#pragma once

#include <span>
#include <string_view>

#include "kernels.h"

namespace chiffre::cpu {

// What this build has and this machine can run, slowest first: "baseline", "avx2", "avx512".
std::span<const Kernels* const> available_kernels();

// The fastest of them, or the one that the environment variable CHIFFRE_ISA names. Throws Error(usage) where it names
// none of them; empty counts as unset. `isa` of the result tells which it is.
const Kernels& chosen_kernels();

}  // namespace chiffre::cpu
