// cuda_device.h -- tests that hand values to a GPU and take them back.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "device.cuh"
#include "needs_gpu.h"

namespace chiffre {

class OnGpu : public testing::Test {
  protected:
    void SetUp() override { CHIFFRE_NEEDS_GPU(); }

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
