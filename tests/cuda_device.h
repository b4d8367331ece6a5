// cuda_device.h -- tests on a GPU. Without one they are skipped and say why; where the environment variable
// CHIFFRE_DEVICE is cuda, they fail instead.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>
#include <vector>

#include "device.cuh"

namespace chiffre {

class OnGpu : public testing::Test {
  protected:
    void SetUp() override {
        int devices = 0;
        const cudaError_t status = cudaGetDeviceCount(&devices);
        if (status == cudaSuccess && devices > 0) return;
        const char* reason = status == cudaSuccess ? "no GPU" : cudaGetErrorString(status);
        const char* wanted = std::getenv("CHIFFRE_DEVICE");
        if (wanted != nullptr && std::string_view(wanted) == "cuda") FAIL() << "CHIFFRE_DEVICE=cuda: " << reason;
        GTEST_SKIP() << reason;
    }

    static cuda::DeviceMemory<float> upload(const std::vector<float>& values) {
        return cuda::to_device(values.data(), values.size());
    }
    // Waits for the device.
    static std::vector<float> download(const float* values, std::size_t count) {
        std::vector<float> host(count);
        CUDA_CHECK(cudaDeviceSynchronize());
        CUDA_CHECK(cudaMemcpy(host.data(), values, count * sizeof(float), cudaMemcpyDeviceToHost));
        return host;
    }
};

}  // namespace chiffre
