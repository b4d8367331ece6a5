// trainer.cpp -- owns the memory of a run and fills in what the kernels are told.
#include "trainer.h"

#include <algorithm>

#include "device.cuh"
#include "gpus.h"

namespace chiffre::cuda {
namespace {

// Parameters with the transposed copies that the kernels read.
struct DeviceWeights {
    DeviceMemory<float> parameters = device_memory<float>(kParameters);
    DeviceMemory<float> c5_by_input = device_memory<float>(kLayers[kC5].weights());
    DeviceMemory<float> f6_by_input = device_memory<float>(kLayers[kF6].weights());
    TrainedWeights view() const { return {parameters.get(), c5_by_input.get(), f6_by_input.get()}; }
};

void copy_to_device(float* to, const std::vector<float>& from) {
    CUDA_CHECK(cudaMemcpy(to, from.data(), from.size() * sizeof(float), cudaMemcpyHostToDevice));
}

std::vector<float> copy_to_host(const float* from) {
    std::vector<float> to(kParameters);
    CUDA_CHECK(cudaMemcpy(to.data(), from, to.size() * sizeof(float), cudaMemcpyDeviceToHost));
    return to;
}

// For members that need it current before they are made.
int made_current(int gpu) {
    make_current(gpu);
    return gpu;
}

}  // namespace

struct Trainer::Memory {
    explicit Memory(const TrainerSettings& its_settings)
        : settings(its_settings),
          gpu(made_current(its_settings.gpu)),
          grid(training_grid(its_settings.numbers, its_settings.most_shared_bytes)) {}

    TrainerSettings settings;
    int gpu;
    TrainingGrid grid;
    Stream stream = make_stream();
    DeviceWeights weights, judged;  // judged: a copy of what evaluate() is asked about
    DeviceMemory<float> mean = device_memory<float>(kParameters), square = device_memory<float>(kParameters),
                        average = device_memory<float>(kParameters), gradient = device_memory<float>(kParameters);
    DeviceMemory<std::uint16_t> packed =
        settings.numbers == TrainingNumbers::mixed ? device_memory<std::uint16_t>(packed_halves()) : nullptr;
    DeviceMemory<DenseRecord> records = device_memory<DenseRecord>(settings.batch);
    DeviceMemory<float> parts = device_memory<float>(static_cast<std::size_t>(grid.blocks) * kConvolutionParameters);
    DeviceMemory<LossSum> block_sums = device_memory<LossSum>(grid.blocks);
    // Of the steps of a call; they grow with the longest.
    std::size_t most_steps = 0;
    DeviceMemory<training::StepConstants> constants;
    DeviceMemory<LossSum> sums;

    void make_room(std::size_t steps) {
        if (steps <= most_steps) return;
        constants = device_memory<training::StepConstants>(steps);
        sums = device_memory<LossSum>(steps);
        most_steps = steps;
    }

    TrainingRun run(const DeviceSamples& samples, int steps) const {
        TrainingRun run{};
        run.tiles = samples.tiles;
        run.labels = samples.labels;
        run.teachers = samples.teachers;
        run.samples = samples.count;
        run.batch = settings.batch;
        run.steps = steps;
        run.constants = constants.get();
        run.rule = settings.rule;
        run.loss = settings.loss;
        if (!samples.teachers) run.loss.taught = 0;
        run.weights = weights.view();
        run.packed = packed.get();
        run.mean = mean.get();
        run.square = square.get();
        run.average = average.get();
        run.records = records.get();
        run.parts = parts.get();
        run.sums = sums.get();
        return run;
    }

    void wait() const { CUDA_CHECK(cudaStreamSynchronize(stream.get())); }
};

Trainer::Trainer(const TrainerSettings& settings, const TrainerState& start)
    : memory_(std::make_unique<Memory>(settings)) {
    copy_to_device(memory_->weights.parameters.get(), start.parameters);
    copy_to_device(memory_->mean.get(), start.mean);
    copy_to_device(memory_->square.get(), start.square);
    copy_to_device(memory_->average.get(), start.average);
    CUDA_CHECK(cudaStreamSynchronize(cudaStreamLegacy));
    launch_transposition(memory_->weights.view(), memory_->stream.get());
    if (memory_->packed)
        launch_packing(memory_->weights.parameters.get(), memory_->packed.get(), memory_->stream.get());
    memory_->wait();
}

Trainer::~Trainer() = default;

void Trainer::train(const DeviceSamples& samples, std::span<const training::StepConstants> constants,
                    std::span<LossSum> sums) {
    Memory& m = *memory_;
    make_current(m.gpu);
    take_constants(constants);
    m.settings.launch(m.run(samples, static_cast<int>(constants.size())), m.grid, m.stream.get());
    give_sums(sums);
}

std::vector<float> Trainer::gradient(const DeviceSamples& samples) {
    Memory& m = *memory_;
    make_current(m.gpu);
    m.make_room(1);
    TrainingRun run = m.run(samples, 1);
    run.samples = std::min<std::int64_t>(run.samples, run.batch);
    run.gradient = m.gradient.get();
    m.settings.launch(run, m.grid, m.stream.get());
    m.wait();
    return copy_to_host(m.gradient.get());
}

LossSum Trainer::evaluate(const DeviceSamples& samples, bool of_average) {
    Memory& m = *memory_;
    make_current(m.gpu);
    const TrainedWeights weights = m.judged.view();
    CUDA_CHECK(cudaMemcpyAsync(weights.parameters, of_average ? m.average.get() : m.weights.parameters.get(),
                               kParameters * sizeof(float), cudaMemcpyDeviceToDevice, m.stream.get()));
    launch_transposition(weights, m.stream.get());
    RoundLoss loss;
    loss.refuses = m.settings.loss.refuses;
    launch_evaluation({samples.tiles, samples.labels, samples.count, loss, weights, m.block_sums.get()}, m.grid,
                      m.stream.get());
    std::vector<LossSum> of_blocks(static_cast<std::size_t>(m.grid.blocks));
    CUDA_CHECK(cudaMemcpyAsync(of_blocks.data(), m.block_sums.get(), of_blocks.size() * sizeof(LossSum),
                               cudaMemcpyDeviceToHost, m.stream.get()));
    m.wait();
    LossSum sum;
    for (const LossSum& part : of_blocks) {
        sum.loss += part.loss;
        sum.wrong += part.wrong;
    }
    return sum;
}

TrainerState Trainer::state() const {
    const Memory& m = *memory_;
    make_current(m.gpu);
    return {copy_to_host(m.weights.parameters.get()), copy_to_host(m.mean.get()), copy_to_host(m.square.get()),
            copy_to_host(m.average.get())};
}

CUstream_st* Trainer::stream() const {
    return memory_->stream.get();
}

void Trainer::make_room(std::size_t steps) {
    memory_->make_room(steps);
}

void Trainer::take_constants(std::span<const training::StepConstants> constants) {
    memory_->make_room(constants.size());
    CUDA_CHECK(cudaMemcpyAsync(memory_->constants.get(), constants.data(), constants.size_bytes(),
                               cudaMemcpyHostToDevice, memory_->stream.get()));
}

void Trainer::launch_gradient(const DeviceSamples& samples, int whole_batch, int step) {
    const Memory& m = *memory_;
    TrainingRun run = m.run(samples, 1);
    run.whole_batch = whole_batch;
    run.gradient = m.gradient.get();
    run.sums += step;
    m.settings.launch(run, m.grid, m.stream.get());
}

float* Trainer::gradient_values() const {
    return memory_->gradient.get();
}

void Trainer::launch_update(int step) {
    const Memory& m = *memory_;
    TrainingRun run = m.run({}, 1);
    run.gradient = m.gradient.get();
    run.constants += step;
    cuda::launch_update(run, m.grid, m.stream.get());
}

void Trainer::give_sums(std::span<LossSum> sums) const {
    CUDA_CHECK(cudaMemcpyAsync(sums.data(), memory_->sums.get(), sums.size_bytes(), cudaMemcpyDeviceToHost,
                               memory_->stream.get()));
    memory_->wait();
}

}  // namespace chiffre::cuda
