// needs_gpu.h -- what a test does that needs a GPU: where there is none it says SKIPPED and why, and where
// CHIFFRE_DEVICE=cuda it fails.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "cuda_engine.h"

namespace chiffre {

inline bool gpu_is_demanded() {
    const char* device = std::getenv("CHIFFRE_DEVICE");
    return device && std::string_view(device).starts_with("cuda");
}

}  // namespace chiffre

// At the start of a test or of SetUp().
#define CHIFFRE_NEEDS_GPU()                                                   \
    do {                                                                      \
        const ::chiffre::cuda::Gpus gpus_here = ::chiffre::cuda::find_gpus(); \
        if (gpus_here.count > 0) break;                                       \
        if (::chiffre::gpu_is_demanded()) FAIL() << gpus_here.why_none;       \
        GTEST_SKIP() << gpus_here.why_none;                                   \
    } while (false)
