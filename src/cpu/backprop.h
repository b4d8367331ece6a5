// backprop.h -- forward and backward pass of LeNet-5 on the CPU, one image per SIMD lane, for training.
#pragma once

#include <memory>
#include <span>

#include "lenet5.h"
#include "tile.h"

namespace chiffre::cpu {

struct Kernels;

// One per thread: holds the activations of the batch between forward() and backward(). Allocates only when a batch is
// larger than any before.
class Backprop {
  public:
    Backprop();  // with chosen_kernels() (isa.h), which may throw Error(usage)
    explicit Backprop(const Kernels& kernels);
    ~Backprop();

    // logits[i] = the network's output for tiles[i]; the activations are kept for backward(). `weights` has kParameters
    // floats in lenet5.h's memory map.
    void forward(const float* weights, std::span<const Tile> tiles, std::span<Scores> logits);

    // Adds to `gradient` (kParameters floats) the sum over the batch of d loss / d parameter, given dlogits[i] = d loss
    // / d logits[i] of the batch last given to forward(), and the same weights.
    void backward(const float* weights, std::span<const Scores> dlogits, std::span<float> gradient);

  private:
    struct Activations;
    std::unique_ptr<Activations> activations_;
};

}  // namespace chiffre::cpu
