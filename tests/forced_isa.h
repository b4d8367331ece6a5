// forced_isa.h -- tests that run once for every instruction set of this machine, each forced by CHIFFRE_ISA.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "cpu/isa.h"

namespace chiffre {

// The environment variable while it lives; what it was before, afterwards.
class ForcedIsa {
  public:
    explicit ForcedIsa(const char* isa) {
        if (const char* old = std::getenv("CHIFFRE_ISA")) before_ = old;
        setenv("CHIFFRE_ISA", isa, 1);
    }
    ~ForcedIsa() { setenv("CHIFFRE_ISA", before_.c_str(), 1); }
    ForcedIsa(const ForcedIsa&) = delete;
    ForcedIsa& operator=(const ForcedIsa&) = delete;

  private:
    std::string before_;  // empty counts as unset
};

class EveryIsa : public testing::TestWithParam<const cpu::Kernels*> {
  protected:
    const cpu::Kernels& kernels() const { return *GetParam(); }

  private:
    ForcedIsa forced_{GetParam()->isa};
};

inline std::string isa_of(const testing::TestParamInfo<const cpu::Kernels*>& info) {
    return info.param->isa;
}

}  // namespace chiffre

#define CHIFFRE_FOR_EVERY_ISA(Fixture)                                                                         \
    INSTANTIATE_TEST_SUITE_P(                                                                                  \
        , Fixture,                                                                                             \
        testing::ValuesIn(chiffre::cpu::available_kernels().begin(), chiffre::cpu::available_kernels().end()), \
        chiffre::isa_of)
