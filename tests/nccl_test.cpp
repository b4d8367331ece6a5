// nccl_test.cpp -- what is said where NCCL is not what it should be.
#include "../kernels/training/nccl.h"

#include <gtest/gtest.h>

#include "error.h"

namespace chiffre::cuda {
namespace {

std::string why_refused(const std::string& library) {
    try {
        require_nccl(library);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::no_device);
        return error.what();
    }
    return "";
}

TEST(Nccl, MissingIsRefused) {
    EXPECT_EQ(why_refused("libnccl-that-is-not-there.so.2"),
              "expected libnccl-that-is-not-there.so.2 (NCCL) for several GPUs, found none");
}

TEST(Nccl, TooOldIsRefused) {
    EXPECT_EQ(why_refused(CHIFFRE_OLD_NCCL),
              std::string(CHIFFRE_OLD_NCCL) + ": expected NCCL 2.9.0 or later, found 2.8.4");
}

TEST(Nccl, WithoutItsFunctionsIsRefused) {
    EXPECT_EQ(why_refused(CHIFFRE_EMPTY_NCCL),
              std::string(CHIFFRE_EMPTY_NCCL) + ": expected NCCL with ncclCommInitAll, found none");
}

TEST(Nccl, OfThisMachineIsTaken) {
    try {
        require_nccl();
    } catch (const Error& error) {
        GTEST_SKIP() << error.what();
    }
}

}  // namespace
}  // namespace chiffre::cuda
