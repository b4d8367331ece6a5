// isa.cpp -- the choice at run time, once per engine. The compiler's own test of the processor is used because it also
// asks whether the operating system saves the wide registers.
#include "isa.h"

#include <array>
#include <cstdlib>
#include <string>

#include "error.h"

namespace chiffre::cpu {

std::span<const Kernels* const> available_kernels() {
#ifdef __x86_64__
    static constexpr std::array<const Kernels*, 3> kAll{&baseline::kKernels, &avx2::kKernels, &avx512::kKernels};
    static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    static const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f");
    return std::span(kAll).first(has_avx512 ? 3 : has_avx2 ? 2 : 1);
#else
    static constexpr std::array<const Kernels*, 1> kAll{&baseline::kKernels};
    return kAll;
#endif
}

const Kernels& chosen_kernels() {
    const std::span<const Kernels* const> available = available_kernels();
    const char* wanted = std::getenv("CHIFFRE_ISA");
    if (wanted == nullptr || *wanted == '\0') return *available.back();
    std::string names;
    for (const Kernels* kernels : available) {
        if (std::string_view(kernels->isa) == wanted) return *kernels;
        names += (names.empty() ? "" : ", ") + std::string(kernels->isa);
    }
    throw Error(ErrorCode::usage,
                "CHIFFRE_ISA: expected an instruction set of this machine (" + names + "), found '" + wanted + "'");
}

}  // namespace chiffre::cpu
