// replica.cpp -- a step is a gradient, a sum over the GPUs and an update: three launches, which take the CPU about as
// long as a small batch takes the GPU. So the steps of a call are captured in a graph once, and a call is one launch.
#include "replica.h"

#include <list>

#include "device.cuh"
#include "graph.cuh"

namespace chiffre::cuda {
namespace {

// What a graph of steps depends on: addresses and counts stand in its launches.
struct Call {
    const std::uint8_t *tiles, *labels;
    const float* teachers;
    std::int64_t whole;
    int steps;
    bool operator==(const Call&) const = default;
};

}  // namespace

// The last few: an epoch's calls are of two kinds, all steps that are done at once and what is left.
class Replica::Graphs {
  public:
    template <typename Launch>
    CUgraphExec_st* find_or_capture(const Call& call, CUstream_st* stream, const Launch& launch) {
        for (const auto& [of, graph] : graphs_)
            if (of == call) return graph.get();
        constexpr std::size_t kMost = 4;
        if (graphs_.size() == kMost) graphs_.pop_front();
        graphs_.emplace_back(call, capture(stream, launch));
        return graphs_.back().second.get();
    }

  private:
    std::list<std::pair<Call, ExecutableGraph>> graphs_;
};

Replica::Replica(Trainer& trainer, GpuSum& sum, BatchShare share, int batch, int most_steps)
    : trainer_(trainer), sum_(sum), share_(share), batch_(batch), graphs_(std::make_unique<Graphs>()) {
    trainer_.make_room(most_steps);
}

Replica::~Replica() = default;

void Replica::launch_steps(const DeviceSamples& samples, std::int64_t whole, int steps) {
    DeviceSamples share = samples;
    for (int step = 0; step < steps; ++step) {
        const int batch = static_cast<int>(std::min<std::int64_t>(batch_, whole - std::int64_t{step} * batch_));
        share.count = share_.size(batch);
        trainer_.launch_gradient(share, batch, step);
        sum_.add_up(share_.index, trainer_.gradient_values(), kParameters, trainer_.stream());
        trainer_.launch_update(step);
        share.tiles += share.count * kTileBytes;
        share.labels += share.count;
        if (share.teachers) share.teachers += share.count * (kClasses + 1);
    }
}

void Replica::prepare(const DeviceSamples& samples, std::int64_t whole,
                      std::span<const training::StepConstants> constants) {
    const int steps = static_cast<int>(constants.size());
    trainer_.take_constants(constants);
    prepared_ = graphs_->find_or_capture({samples.tiles, samples.labels, samples.teachers, whole, steps},
                                         trainer_.stream(), [&] { launch_steps(samples, whole, steps); });
}

void Replica::train(std::span<LossSum> sums) {
    try {
        CUDA_CHECK(cudaGraphLaunch(prepared_, trainer_.stream()));
        sum_.wait(share_.index, trainer_.stream());
    } catch (const CudaError&) {
        sum_.give_up();  // without abort(): NCCL would wait for a GPU that is lost
        throw;
    } catch (...) {
        graphs_ = std::make_unique<Graphs>();
        sum_.abort(share_.index);
        throw;
    }
    trainer_.give_sums(sums);
}

}  // namespace chiffre::cuda
