// engine_training.cpp -- forward and backward pass on one core: what `train fit` spends its time on.
#include <algorithm>

#include "bench/engine_bench.h"
#include "cpu/backprop.h"
#include "cpu/isa.h"

namespace chiffre::bench {
namespace {

constexpr std::size_t kTrainingBatch = 256;
// Training does three times the multiply-adds of reading, but for d loss / d tile, which nobody needs.
constexpr double kTrainingFlop = 2.0 * (3.0 * kMultiplyAdds - kLayers[kC1].multiply_adds());

struct Step {
    std::vector<Scores> logits = std::vector<Scores>(kTrainingBatch);
    std::vector<float> gradient = std::vector<float>(kParameters);
};

// The logits serve as their own gradient: the loss is half the sum of their squares.
void train_step(Step& step, cpu::Backprop& backprop, const Weights& weights, std::span<const Tile> tiles) {
    std::fill(step.gradient.begin(), step.gradient.end(), 0.0f);
    backprop.forward(weights.values.data(), tiles, step.logits);
    backprop.backward(weights.values.data(), step.logits, step.gradient);
}

}  // namespace

void measure_training(EngineResults& results, const EngineTask& task, const std::string& isa) {
    const std::vector<Tile> tiles = made_tiles(kTrainingBatch);
    const cpu::Kernels& reference = *cpu::available_kernels().back();
    Step expected;
    cpu::Backprop reference_backprop(reference);
    train_step(expected, reference_backprop, task.weights, tiles);

    Crew alone(1);
    for (const cpu::Kernels* kernels : cpu::available_kernels()) {
        if (!isa.empty() && isa != kernels->isa) continue;
        Step step;
        cpu::Backprop backprop(*kernels);
        train_step(step, backprop, task.weights, tiles);
        const std::string name = std::string("cpu ") + kernels->isa + ", one core";
        check_close("training, " + name, reference.isa, flat(expected.logits), flat(step.logits), kOtherRounding);
        check_close("training, " + name, reference.isa, expected.gradient, step.gradient, kOtherRounding);

        const Peak peak = cpu_fma_peak(kernels->isa, alone, task.effort);
        const Timing timing =
            measure(task.effort, Clock::processor, [&] { train_step(step, backprop, task.weights, tiles); });
        results.add({"training", name, "host", kTrainingBatch, timing, {{Part::fma, peak.limit(), kTrainingFlop}}});
    }
}

}  // namespace chiffre::bench
