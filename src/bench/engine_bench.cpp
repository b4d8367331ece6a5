// engine_bench.cpp -- `bench engine`: images per second and latency of every engine over the size of the batch, beside
// the peaks of the machine, measured in the same run.
#include "bench/engine_bench.h"

#include <algorithm>
#include <memory>

#include "error.h"

namespace chiffre::bench {

EngineResults::EngineResults()
    : table_(
          timed_table({{"measure", Kind::text}, {"engine", Kind::text}, {"tiles", Kind::text}, {"batch", Kind::count}},
                      {{"of_fma", Kind::share},
                       {"of_tensor", Kind::share},
                       {"of_special", Kind::share},
                       {"of_memory", Kind::share},
                       {"of_bus", Kind::share}})),
      plot_{.title = "LeNet-5: images per second",
            .x_label = "images in a batch",
            .y_label = "images/s, median",
            .log_x = true,
            .log_y = true,
            .series = {}} {}

void EngineResults::add(const Peak& peak) {
    bench::add(table_, {.parameters = {std::string("peak"), peak.name, std::string(), Cell{}},
                        .timing = peak.timing,
                        .work = peak.work,
                        .unit = peak.unit,
                        .extras = std::vector<Cell>(kParts)});
}

void EngineResults::add(const EngineRow& row) {
    const double rate = static_cast<double>(row.batch) / row.timing.median_s;
    std::vector<Cell> shares(kParts);
    const Use* binding = nullptr;
    const auto share = [&](const Use& use) { return rate * use.per_image / use.limit.rate; };
    for (const Use& use : row.uses) {
        shares[static_cast<std::size_t>(use.part)] = share(use);
        if (binding == nullptr || share(use) > share(*binding)) binding = &use;
    }
    Baseline& baseline = baselines_[{row.measure, row.batch}];
    if (baseline.name.empty()) baseline = {row.engine, row.timing.median_s};
    bench::add(table_, {.parameters = {row.measure, row.engine, row.tiles, static_cast<std::int64_t>(row.batch)},
                        .timing = row.timing,
                        .work = static_cast<double>(row.batch),
                        .unit = "images/s",
                        .baseline = baseline,
                        .limit = binding != nullptr ? binding->limit : Limit{},
                        .limit_work_per_work = binding != nullptr ? binding->per_image : 1,
                        .extras = shares});
    if (row.measure != "throughput") return;
    const std::string name = row.engine + ", tiles: " + row.tiles;
    if (plot_.series.empty() || plot_.series.back().name != name) plot_.series.push_back({name, {}});
    plot_.series.back().points.emplace_back(row.batch, rate);
}

static std::vector<std::size_t> batches_of(const EngineOptions& options) {
    std::vector<std::size_t> batches = options.batches;
    if (batches.empty())
        for (std::size_t batch = 1; batch <= options.max_batch; batch *= 4) batches.push_back(batch);
    std::sort(batches.begin(), batches.end());
    batches.erase(std::unique(batches.begin(), batches.end()), batches.end());
    return batches;
}

static void run_engine(const EngineOptions& options) {
    const Laboratory laboratory(options.lab);
    const std::vector<std::size_t> batches = batches_of(options);
    constexpr std::size_t kCheckedTiles = 4096;
    const std::vector<Tile> tiles = made_tiles(std::max(batches.back(), options.lab.quick ? 257 : kCheckedTiles));
    const Weights weights = default_weights();
    std::vector<Contestant> contestants = cpu_contestants(weights, options.isa);
    const std::size_t on_cpu = contestants.size();
    if (laboratory.gpu().index != kNoGpu)
        for (Contestant& contestant : cuda_contestants(weights, laboratory.gpu().index))
            contestants.push_back(std::move(contestant));
    check_agreement(contestants, tiles);

    EngineResults results;
    const EngineTask task{weights, tiles, batches, laboratory.effort(), options.calls()};
    for (std::size_t i = 0; i < on_cpu; ++i)
        measure_cpu(results, task, contestants[i].name.substr(std::string("cpu ").size()));
    if (options.training) measure_training(results, task, options.isa);
#ifdef CHIFFRE_HAS_CUDA
    if (laboratory.gpu().index != kNoGpu) measure_gpu(results, task, laboratory.gpu().index);
#endif
    laboratory.say_skipped_without_gpu("engines on the GPU");
    laboratory.publish(results.table(), results.plot());
}

Subcommand declare_engine(CLI::App& bench) {
    constexpr std::size_t kMostImages = 1 << 24;  // 16 GiB of tiles
    const auto options = std::make_shared<EngineOptions>();
    CLI::App* command = bench.add_subcommand("engine", "the network: images/s and latency, CPU and GPU");
    command->add_option("--max-batch", options->max_batch, "the largest batch; powers of 4 are measured up to it")
        ->check(CLI::Range(std::size_t{1}, kMostImages))
        ->capture_default_str();
    command->add_option("--batches", options->batches, "these sizes instead: 1,16,4096")
        ->delimiter(',')
        ->check(CLI::Range(std::size_t{1}, kMostImages));
    command->add_option("--isa", options->isa, "only this instruction set of the CPU: baseline, avx2, avx512");
    command->add_flag("--training", options->training, "forward and backward on the CPU too");
    add_lab_options(*command, options->lab);
    return {command, [options] { run_engine(*options); }};
}

}  // namespace chiffre::bench
