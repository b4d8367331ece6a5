// trainer.h -- trains the network on one GPU. Parameters and the optimizer's state live there; a call takes many steps
// and brings back no more than a sum of losses for each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lenet5.h"
#include "train_kernels.h"

namespace chiffre::cuda {

struct TrainerSettings {
    int gpu = 0;  // index among the visible ones
    int batch = 512;
    RoundLoss loss = {};  // without the scale
    training::UpdateRule rule = training::UpdateRule::adaptive;
    TrainingNumbers numbers = TrainingNumbers::fp32;
    std::size_t most_shared_bytes = kAllSharedMemory;  // as training_grid()'s
    TrainingLauncher launch = launch_training;         // the laboratory has slower ones, for comparison
};

// Of kParameters floats each, in the memory map of lenet5.h.
struct TrainerState {
    std::vector<float> parameters, mean, square, average;
};

// Samples in the memory of the trainer's GPU.
struct DeviceSamples {
    const std::uint8_t* tiles = nullptr;   // (count, 32, 32), aligned to 16 bytes
    const std::uint8_t* labels = nullptr;  // (count)
    const float* teachers = nullptr;       // (count, kClasses + 1) probabilities; null: none
    std::int64_t count = 0;
};

// Not for several threads at once. Throws CudaError, also for faults of earlier launches.
class Trainer {
  public:
    Trainer(const TrainerSettings& settings, const TrainerState& start);
    ~Trainer();

    // One step for each of `constants`; step s learns from the batch of samples from s * batch on, the last one from as
    // many of them as there are. Waits for the work that was given to stream() before, and for its own end. sums: as
    // many as constants.
    void train(const DeviceSamples& samples, std::span<const training::StepConstants> constants,
               std::span<LossSum> sums);

    // d mean loss / d parameter of the first batch of `samples`.
    std::vector<float> gradient(const DeviceSamples& samples);

    // Loss, without smoothing and teachers, and wrong images.
    LossSum evaluate(const DeviceSamples& samples, bool of_average);

    TrainerState state() const;

    // What fills samples is to be launched here.
    CUstream_st* stream() const;

    // The parts of train(), for one of several GPUs (replica.h), which must be current. make_room() may
    // allocate, and take_constants() copies from pageable memory: neither can be captured. The launches can, and stay
    // valid until make_room() is given more. give_sums() waits.
    void make_room(std::size_t steps);
    void take_constants(std::span<const training::StepConstants> constants);
    // gradient_values() = this GPU's part of d mean loss / d parameter of a batch of `whole_batch` images of which it
    // has `samples`: none or more, and at most TrainerSettings::batch.
    void launch_gradient(const DeviceSamples& samples, int whole_batch, int step);
    float* gradient_values() const;
    void launch_update(int step);
    void give_sums(std::span<LossSum> sums) const;

  private:
    struct Memory;
    std::unique_ptr<Memory> memory_;
};

}  // namespace chiffre::cuda
