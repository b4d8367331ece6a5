// two_gpus.h -- what a test does that needs two GPUs and NCCL.
#pragma once

#include "../kernels/training/nccl.h"
#include "error.h"
#include "needs_gpu.h"

// At the start of a test. A machine with one GPU is enough for CHIFFRE_DEVICE=cuda.
#define CHIFFRE_NEEDS_TWO_GPUS()                                                       \
    do {                                                                               \
        CHIFFRE_NEEDS_GPU();                                                           \
        const int count_here = ::chiffre::cuda::find_gpus().count;                     \
        if (count_here < 2) GTEST_SKIP() << "expected two GPUs, found " << count_here; \
        try {                                                                          \
            ::chiffre::cuda::require_nccl();                                           \
        } catch (const ::chiffre::Error& error) {                                      \
            GTEST_SKIP() << error.what();                                              \
        }                                                                              \
    } while (false)
