// gpus_test.cpp -- what is said where no GPU can be used. Needs none.
#include "gpus.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "process.h"

namespace chiffre::cuda {
namespace {

class WithoutVisibleDevices : public testing::Test {
  protected:
    WithoutVisibleDevices() { unsetenv("CUDA_VISIBLE_DEVICES"); }
};

using NoneBecause = WithoutVisibleDevices;

TEST_F(NoneBecause, NoDriverIsNoFault) {
    for (const cudaError_t status : {cudaErrorInsufficientDriver, cudaErrorNoDevice, cudaErrorStubLibrary}) {
        const Gpus gpus = none_because(status, 0, 13000);
        EXPECT_EQ(gpus.count, 0);
        EXPECT_EQ(gpus.why_none, "expected a GPU and its driver, found no NVIDIA driver");
        EXPECT_FALSE(gpus.broken);
    }
}

TEST_F(NoneBecause, OldDriverNamesBothVersions) {
    const Gpus gpus = none_because(cudaErrorInsufficientDriver, 12040, 13010);
    EXPECT_EQ(gpus.why_none, "expected a driver for CUDA 13.0 or later, found one for CUDA 12.4");
    EXPECT_TRUE(gpus.broken);
}

TEST_F(NoneBecause, HiddenGpusAreNoFault) {
    EXPECT_EQ(none_because(cudaErrorNoDevice, 13000, 13000).why_none, "expected a GPU, found none");
    setenv("CUDA_VISIBLE_DEVICES", "-1", 1);
    const Gpus gpus = none_because(cudaErrorNoDevice, 13000, 13000);
    EXPECT_EQ(gpus.why_none, "expected a GPU, found none with CUDA_VISIBLE_DEVICES='-1'");
    EXPECT_FALSE(gpus.broken);
}

TEST_F(NoneBecause, OtherErrorsAreFaults) {
    const Gpus gpus = none_because(cudaErrorSystemDriverMismatch, 13000, 13000);
    EXPECT_NE(gpus.why_none.find("(cudaErrorSystemDriverMismatch)"), std::string::npos) << gpus.why_none;
    EXPECT_TRUE(gpus.broken);
}

TEST(Why, SaysWhatAGpuLacks) {
    const auto why = [](cudaError_t status) { return why_not_opened(3, CudaError(status, "call", "file", 1)); };
    EXPECT_TRUE(why(cudaErrorNoKernelImageForDevice)
                    .starts_with("cuda:3: expected a GPU that this build has machine code for (sm_"));
    EXPECT_TRUE(why(cudaErrorMemoryAllocation).starts_with("cuda:3: expected memory enough for the network on "));
    EXPECT_EQ(why_not_opened(3, PinnedMemoryError(cudaErrorMemoryAllocation, "call", "file", 1)),
              "cuda:3: expected page-locked host memory for the tiles on their way, found too little");
    EXPECT_EQ(why(cudaErrorDevicesUnavailable).find("cuda:3: expected a GPU that can be used, found: "), 0u);
    EXPECT_EQ(why_failed(3, CudaError(cudaErrorIllegalAddress, "call", "file", 1)),
              "cuda:3: expected the GPU to go on working, found: an illegal memory access was encountered "
              "(cudaErrorIllegalAddress)");
}

// The run-time itself, with a driver that is too old.
Process::Result with_old_driver(const std::vector<std::string>& options) {
    std::vector<std::string> command{CHIFFRE_ANALYZE, CHIFFRE_SAMPLES_DIR "/shadow.jpg"};
    command.insert(command.end(), options.begin(), options.end());
    std::string path = CHIFFRE_OLD_DRIVER_DIR;
    if (const char* others = std::getenv("LD_LIBRARY_PATH")) path += std::string(":") + others;
    return Process(command, {.in_child = [&] { setenv("LD_LIBRARY_PATH", path.c_str(), 1); }}).wait();
}

// In fp16, for which also one photo waits for the driver.
TEST(OldDriver, EndsANamedGpuAndIsWorthALineToAuto) {
    const std::string why = "analyze: cuda:0: expected a driver for CUDA " + std::to_string(CUDART_VERSION / 1000) +
                            ".0 or later, found one for CUDA 11.4";
    const auto named = with_old_driver({"--device", "cuda"});
    EXPECT_EQ(named.err, why + "\n");
    EXPECT_EQ(named.out, "");
    EXPECT_EQ(named.status, 4);
    const auto automatic = with_old_driver({"--device", "auto", "--precision", "fp16"});
    EXPECT_EQ(automatic.err, why + "; reading on the CPU in fp32\n");
    EXPECT_EQ(automatic.status, 0);
    EXPECT_EQ(automatic.out, with_old_driver({"--device", "cpu"}).out);
}

}  // namespace
}  // namespace chiffre::cuda
