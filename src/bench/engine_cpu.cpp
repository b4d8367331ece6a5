// engine_cpu.cpp -- the CPU engine: one core by processor time, which other jobs disturb little, all cores by the wall
// clock, one engine per thread.
#include <algorithm>

#include "bench/engine_bench.h"
#include "cpu/cpu_engine.h"

namespace chiffre::bench {
namespace {

const cpu::Kernels& kernels_named(std::string_view isa) {
    for (const cpu::Kernels* kernels : cpu::available_kernels())
        if (isa == kernels->isa) return *kernels;
    return cpu::chosen_kernels();
}

// Each thread takes whole groups of lanes: half a group costs as much.
void classify_with_all(Crew& crew, std::span<const std::unique_ptr<Engine>> engines, std::size_t lanes,
                       std::span<const Tile> tiles, std::span<Scores> scores) {
    const std::size_t threads = engines.size(), n = tiles.size(), groups = (n + lanes - 1) / lanes;
    crew.run([&](int thread) {
        const std::size_t i = static_cast<std::size_t>(thread);
        const std::size_t first = std::min(n, lanes * (groups * i / threads));
        const std::size_t count = std::min(n, lanes * (groups * (i + 1) / threads)) - first;
        engines[i]->classify(tiles.subspan(first, count), scores.subspan(first, count));
    });
}

}  // namespace

void measure_cpu(EngineResults& results, const EngineTask& task, const std::string& isa) {
    const cpu::Kernels& kernels = kernels_named(isa);
    std::vector<Scores> scores(task.tiles.size());
    const std::span<Scores> all(scores);
    Crew alone(1);
    const Peak one_core = cpu_fma_peak(isa, alone, task.effort);
    results.add(one_core);
    const std::string name = "cpu " + isa + ", one core";
    const auto engine = cpu::open_engine(task.weights, kernels);
    for (const std::size_t batch : task.batches) {
        const Timing timing = measure(task.effort, Clock::processor,
                                      [&] { engine->classify(task.tiles.first(batch), all.first(batch)); });
        results.add({"throughput", name, "host", batch, timing, {{Part::fma, one_core.limit(), kFlopPerImage}}});
    }
    const Timing latency =
        measure_calls(task.calls, [&] { engine->classify(task.tiles.first(kPhotoTiles), all.first(kPhotoTiles)); });
    results.add({"latency", name, "host", kPhotoTiles, latency, {{Part::fma, one_core.limit(), kFlopPerImage}}});

    if (core_count() == 1) return;
    Crew crew(core_count());
    const Peak all_cores = cpu_fma_peak(isa, crew, task.effort);
    results.add(all_cores);
    std::vector<std::unique_ptr<Engine>> engines;
    engines.reserve(static_cast<std::size_t>(crew.size()));
    for (int i = 0; i < crew.size(); ++i) engines.push_back(cpu::open_engine(task.weights, kernels));
    for (const std::size_t batch : task.batches) {
        const Timing timing = measure(task.effort, Clock::wall, [&] {
            classify_with_all(crew, engines, static_cast<std::size_t>(kernels.lanes), task.tiles.first(batch),
                              all.first(batch));
        });
        results.add({"throughput",
                     "cpu " + isa + ", " + std::to_string(crew.size()) + " cores",
                     "host",
                     batch,
                     timing,
                     {{Part::fma, all_cores.limit(), kFlopPerImage}}});
    }
}

}  // namespace chiffre::bench
