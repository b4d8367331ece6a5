// data_parallel.h -- loss and gradient of a batch over several threads, with the same bits for every number of them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lenet5.h"
#include "loss.h"
#include "samples.h"

namespace chiffre::training {

// A batch is cut into shards of this many samples, whatever the number of threads, and the gradients of the shards are
// added in their order. 64 is four vectors of 16 lanes, and leaves eight shards of a batch of 512 to share.
inline constexpr int kShard = 64;

// What a step makes smaller.
struct Objective {
    LossSettings loss;
    std::span<const std::vector<float>> teachers;  // weights, kParameters floats each; empty: labels alone
};

class DataParallel {
  public:
    // threads: 0 takes all that the machine has.
    explicit DataParallel(int threads);
    ~DataParallel();

    // Makes the samples `indices` of `epoch`, runs the network forward and backward and writes the mean gradient over
    // the batch to `gradient` (kParameters floats).
    LossSum gradient(std::span<const float> weights, const SampleSource& source, std::uint32_t epoch,
                     std::span<const int> indices, const Objective& objective, std::span<float> gradient);

    // The network's output for each tile.
    std::vector<Scores> forward(std::span<const float> weights, std::span<const Tile> tiles);

  private:
    struct Threads;
    std::unique_ptr<Threads> threads_;
    std::vector<std::vector<float>> shards_;  // gradients
    std::vector<LossSum> sums_;
};

}  // namespace chiffre::training
