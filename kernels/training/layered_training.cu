// layered_training.cu -- learn_from_round() pass by pass over all rounds of a batch, then gradients, update and losses,
// each a launch; the stream keeps them in order.
#include "layered_training.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include "device.cuh"
#include "graph.cuh"
#include "layered_passes.h"
#include "train_kernel.cuh"

namespace chiffre::cuda {

static constexpr int kImages = 4;           // of a round, as on a GPU with enough shared memory
static constexpr int kPassThreads = 128;    // of a block of a pass
static constexpr int kStepEndLaunches = 3;  // gradients, update, losses

using Batch = LayeredBatch<kImages>;

// Thread by thread through the items of round 0, of round 1, ...
template <int kPass>
static __global__ void __launch_bounds__(kPassThreads) round_pass_kernel(const Batch batch, int items) {
    const int thread = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int round = thread / items;
    if (round >= batch.number_of_rounds()) return;
    OnePass<kPass> pass{thread % items};
    learn_from_round(pass, batch, round);
}

static __global__ void __launch_bounds__(kTaskThreads)
    step_gradient_kernel(float* gradient, const DenseRecord* records, int batch, const float* parts, int rounds) {
    __shared__ alignas(16) float scratch[kTaskScratch];
    const ThreadBlock block;
    gradient_task(block, static_cast<int>(blockIdx.x), records, batch, parts, rounds, scratch,
                  [=](int parameter, float value) { gradient[parameter] = value; });
}

static __global__ void __launch_bounds__(kTaskThreads)
    step_losses_kernel(LossSum* sum, const DenseRecord* records, int batch) {
    __shared__ alignas(16) float scratch[kTaskThreads * 3];
    sum_losses(ThreadBlock{}, records, batch, scratch, sum);
}

namespace {

template <int kPass>
void launch_pass(const Batch& batch, int items, CUstream_st* stream) {
    const std::int64_t threads = std::int64_t{batch.number_of_rounds()} * items;
    round_pass_kernel<kPass>
        <<<static_cast<unsigned>(ceil_div<std::int64_t>(threads, kPassThreads)), kPassThreads, 0, stream>>>(batch,
                                                                                                            items);
    CUDA_CHECK(cudaGetLastError());
}

template <int... kPasses>
void launch_passes(const Batch& batch, const PassSizes& sizes, CUstream_st* stream,
                   std::integer_sequence<int, kPasses...>) {
    (launch_pass<kPasses>(batch, sizes.items[kPasses], stream), ...);
}

class Layered {
  public:
    explicit Layered(int batch)
        : most_(batch),
          sizes_(pass_sizes(*std::make_unique<Round<kImages>>())),
          rounds_(device_memory<Round<kImages>>(ceil_div(batch, kImages))),
          parts_(device_memory<float>(static_cast<std::size_t>(ceil_div(batch, kImages)) * kConvolutionParameters)),
          gradient_(device_memory<float>(kParameters)) {}

    void launch(const TrainingRun& run, const TrainingGrid& grid, CUstream_st* stream) const {
        if (grid.numbers != TrainingNumbers::fp32)
            throw std::invalid_argument("expected fp32: the passes read copies that mixed training does not keep");
        if (run.batch > most_)
            throw std::invalid_argument("expected batches of at most " + std::to_string(most_) + ", found " +
                                        std::to_string(run.batch));
        for (int step = 0; step < run.steps; ++step) launch_step(run, grid, step, stream);
    }

  private:
    void launch_step(const TrainingRun& run, const TrainingGrid& grid, int step, CUstream_st* stream) const {
        const std::int64_t first = std::int64_t{step} * run.batch;
        Batch batch{};
        batch.images = static_cast<int>(std::min<std::int64_t>(run.batch, run.samples - first));
        batch.tiles = run.tiles + first * kTileBytes;
        batch.labels = run.labels + first;
        if (run.teachers) batch.teachers = run.teachers + first * (kClasses + 1);
        batch.loss = run.loss;
        batch.loss.scale = 1.0f / static_cast<float>(run.whole_batch > 0 ? run.whole_batch : batch.images);
        batch.weights = run.weights;
        batch.rounds = rounds_.get();
        batch.records = run.records;
        batch.parts = parts_.get();
        if (batch.images > 0) launch_passes(batch, sizes_, stream, std::make_integer_sequence<int, kRoundPasses>());

        float* gradient = run.gradient ? run.gradient : gradient_.get();
        step_gradient_kernel<<<kGradientTasks, kTaskThreads, 0, stream>>>(gradient, run.records, batch.images,
                                                                          parts_.get(), batch.number_of_rounds());
        CUDA_CHECK(cudaGetLastError());
        if (!run.gradient) {
            TrainingRun update = run;
            update.gradient = gradient;
            update.constants += step;
            launch_update(update, grid, stream);
        }
        step_losses_kernel<<<1, kTaskThreads, 0, stream>>>(run.sums + step, run.records, batch.images);
        CUDA_CHECK(cudaGetLastError());
    }

    int most_;
    PassSizes sizes_;
    DeviceMemory<Round<kImages>> rounds_;
    DeviceMemory<float> parts_, gradient_;
};

// What differs between two runs of a trainer.
auto key(const TrainingRun& run) {
    return std::tuple(run.tiles, run.labels, run.teachers, run.samples, run.steps, run.whole_batch, run.constants,
                      run.sums, run.gradient);
}

class Graphed {
  public:
    explicit Graphed(TrainingLauncher launcher) : launcher_(std::move(launcher)) {}

    void launch(const TrainingRun& run, const TrainingGrid& grid, CUstream_st* stream) {
        if (!graph_ || key(run) != key(recorded_)) record(run, grid, stream);
        CUDA_CHECK(cudaGraphLaunch(graph_.get(), stream));
    }

  private:
    void record(const TrainingRun& run, const TrainingGrid& grid, CUstream_st* stream) {
        graph_.reset();
        graph_ = capture(stream, [&] { launcher_(run, grid, stream); });
        recorded_ = run;
    }

    TrainingLauncher launcher_;
    TrainingRun recorded_{};
    ExecutableGraph graph_;
};

}  // namespace

TrainingLauncher layered_launcher(int batch) {
    return [layered = std::make_shared<Layered>(batch)](const TrainingRun& run, const TrainingGrid& grid,
                                                        CUstream_st* stream) { layered->launch(run, grid, stream); };
}

TrainingLauncher graphed(TrainingLauncher launcher) {
    return [graphed = std::make_shared<Graphed>(std::move(launcher))](const TrainingRun& run, const TrainingGrid& grid,
                                                                      CUstream_st* stream) {
        graphed->launch(run, grid, stream);
    };
}

int layered_launches_per_step() {
    return kRoundPasses + kStepEndLaunches;
}

}  // namespace chiffre::cuda
