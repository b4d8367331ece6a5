// step_on_gpu.h -- one step of the network on the current GPU, its data there already. Of builds with CUDA alone.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "bench/layer_step.h"
#include "layers.h"
#include "tile.h"

namespace chiffre::bench {

class StepOnGpu {
  public:
    // x(some, inputs), repeated until there are n images. Throws Error(usage) where GPU memory is too small for n,
    // CudaError.
    StepOnGpu(const Step& step, std::span<const float> x, std::int64_t n, std::span<const float> parameters);
    StepOnGpu(StepOnGpu&&) noexcept;
    ~StepOnGpu();

    // Of convolutions and pooling, instead of the default.
    void use_block(cuda::BlockShape block) { block_ = block; }
    cuda::BlockShape block() const { return block_; }
    cuda::Occupancy occupancy() const;

    // Runs the step once over memory that holds no old result; the outputs of `count` images from `first` on.
    std::vector<float> outputs(std::int64_t first, std::int64_t count);
    // Runs it so many times; by the GPU's clock.
    double seconds(int times);

  private:
    void launch(CUstream_st* stream);

    struct Memory;
    Step step_;
    std::int64_t n_;
    cuda::BlockShape block_;
    std::unique_ptr<Memory> memory_;
};

// The network of kernels/layered.h, tiles and scores on the GPU.
class LayeredOnGpu {
  public:
    // tiles(some), repeated until there are n; what GPU memory does not hold at once goes through in parts.
    LayeredOnGpu(std::span<const Tile> tiles, std::int64_t n, std::span<const float> parameters);
    ~LayeredOnGpu();

    std::vector<float> scores(std::int64_t first, std::int64_t count);
    double seconds(int times);

  private:
    struct Memory;
    std::int64_t n_;
    std::unique_ptr<Memory> memory_;
};

}  // namespace chiffre::bench
