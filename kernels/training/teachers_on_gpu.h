// teachers_on_gpu.h -- what an ensemble of trained weights takes tiles for: the soft targets of distillation.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "forward.h"

namespace chiffre::cuda {

class TeachersOnGpu {
  public:
    // Each of `parameters` has kParameters floats. For the current device. refuses: an eleventh class, no digit, whose
    // logit is 0; else its probability is 0. Throws CudaError.
    TeachersOnGpu(std::span<const std::vector<float>> parameters, bool refuses, float temperature);
    ~TeachersOnGpu();

    // probabilities(n, kClasses + 1) = mean over the teachers of softmax(logits / temperature); n tiles, aligned to 16
    // bytes, and probabilities in device memory. Asynchronous; allocates where n is larger than ever before.
    void teach(float* probabilities, const std::uint8_t* tiles, std::int64_t n, CUstream_st* stream);

  private:
    struct Memory;
    std::unique_ptr<Memory> memory_;
};

}  // namespace chiffre::cuda
