// replica.h -- one of several GPUs that train the same network together. Each holds all parameters and the optimizer's
// state, takes its share of every batch, and updates with the sum of all gradients: replicas stay the same in every
// bit.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "batch_share.h"
#include "nccl.h"
#include "trainer.h"

struct CUgraphExec_st;

namespace chiffre::cuda {

class Replica {
  public:
    // The share'th member of `sum`. `trainer` is of TrainerSettings::batch = share.size(batch); both must outlive this
    // object, and all replicas must start from one state. Throws CudaError.
    Replica(Trainer& trainer, GpuSum& sum, BatchShare share, int batch, int most_steps);
    ~Replica();

    // Makes ready a step for each of `constants`, at most most_steps. `samples` has the shares of the batches that
    // `whole` samples make, one after the other: share.size_of_all(whole, batch). Waits for no other GPU. Throws
    // CudaError and NcclError.
    void prepare(const DeviceSamples& samples, std::int64_t whole, std::span<const training::StepConstants> constants);

    // Takes the steps. To be called for all replicas, each in its own thread, when all are prepared: what prepare()
    // allocates may wait for the kernels of every GPU, and a sum's kernel waits for those of the others. sums: of the
    // shares, one for each step. Throws CudaError, NcclError and SumAbandoned.
    void train(std::span<LossSum> sums);

  private:
    class Graphs;
    void launch_steps(const DeviceSamples& samples, std::int64_t whole, int steps);

    Trainer& trainer_;
    GpuSum& sum_;
    BatchShare share_;
    int batch_;
    std::unique_ptr<Graphs> graphs_;
    CUgraphExec_st* prepared_ = nullptr;  // of graphs_
};

}  // namespace chiffre::cuda
