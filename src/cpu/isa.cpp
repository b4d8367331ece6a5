// isa.cpp -- which instruction set to use, decided when the program runs.
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "error.h"
#include "kernels.h"

namespace chiffre::cpu {
namespace {

std::vector<const Kernels*> find_kernels() {
    std::vector<const Kernels*> found{&kBaseline};
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(&kAvx2);
    if (__builtin_cpu_supports("avx512f")) found.push_back(&kAvx512);
#endif
    return found;
}

}  // namespace

std::span<const Kernels* const> available_kernels() {
    static const std::vector<const Kernels*> found = find_kernels();
    return found;
}

const Kernels& chosen_kernels() {
    const char* wanted = std::getenv("CHIFFRE_ISA");
    if (!wanted || !*wanted) return *available_kernels().back();
    std::string known;
    for (const Kernels* kernels : available_kernels()) {
        if (kernels->isa == std::string(wanted)) return *kernels;
        known += (known.empty() ? "" : ", ") + std::string(kernels->isa);
    }
    throw Error(ErrorCode::usage, "CHIFFRE_ISA: expected one of " + known + " on this machine, found '" + wanted + "'");
}

}  // namespace chiffre::cpu
