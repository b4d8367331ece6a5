// layered.h -- LeNet-5 on the GPU layer by layer: the readable twin of the fused kernels of forward.h, a yardstick for
// them, and the forward pass of training, for which all activations are kept.
#pragma once

#include <cstdint>
#include <memory>

struct CUstream_st;

namespace chiffre::cuda {

// One forward pass at a time per object.
class LayeredForward {
  public:
    // kParameters floats in lenet5.h's memory map, host memory; takes about 36 KB a tile of `most` on the current
    // device. Throws CudaError.
    LayeredForward(const float* parameters, std::int64_t most);
    LayeredForward(LayeredForward&&) noexcept;
    LayeredForward& operator=(LayeredForward&&) noexcept;
    ~LayeredForward();

    // scores(n, 10) = the logits of tiles(n, 32, 32), device memory, aligned to 16 bytes. Asynchronous in `stream`. Of
    // any n: more tiles than `most` go through in parts. Throws CudaError where a launch fails.
    void forward(float* scores, const std::uint8_t* tiles, std::int64_t n, CUstream_st* stream);

    // What the layer at this position in kLayers, tanh included, gave for the last part: (tiles of it, c, h, w) on the
    // device. Not for the last layer, whose output are the scores.
    const float* activations(int layer) const;

  private:
    struct Memory;
    std::unique_ptr<Memory> memory_;
};

}  // namespace chiffre::cuda
