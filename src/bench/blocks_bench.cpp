// blocks_bench.cpp -- the convolution and pooling kernels over shapes of their thread blocks: how long each takes and
// how many threads a multiprocessor holds. What x and y of a block mean says kernels/layers.h.
#include <algorithm>
#include <limits>
#include <memory>

#include "bench/laboratory.h"
#include "error.h"
#ifdef CHIFFRE_HAS_CUDA
#include "bench/step_on_gpu.h"
#endif

namespace chiffre::bench {
namespace {

struct BlocksOptions {
    LabOptions lab;
    std::int64_t batch = 65'536;
};

#ifdef CHIFFRE_HAS_CUDA

constexpr std::int64_t kCheckedImages = 256;

// Squares, rows and columns from 64 to 1,024 threads; the default of each kernel comes on top.
constexpr cuda::BlockShape kShapes[] = {{8, 8},  {16, 16}, {32, 32}, {8, 16},  {8, 32},  {16, 8},
                                        {32, 4}, {32, 8},  {64, 4},  {128, 1}, {128, 4}, {256, 1}};

std::vector<cuda::BlockShape> shapes(cuda::BlockShape standard) {
    std::vector<cuda::BlockShape> all(std::begin(kShapes), std::end(kShapes));
    const bool is_there = std::any_of(
        all.begin(), all.end(), [&](const cuda::BlockShape& s) { return s.x == standard.x && s.y == standard.y; });
    if (!is_there) all.push_back(standard);
    return all;
}

struct Result {
    cuda::BlockShape block;
    double occupancy = 0;
    Timing timing = {};  // none where not one block fits a multiprocessor
    bool is_default = false;
};

std::string name_of(const cuda::BlockShape& block) {
    return std::to_string(block.x) + "x" + std::to_string(block.y);
}

std::vector<Result> measure_shapes(const Step& step, std::int64_t batch, const Effort& effort) {
    const std::int64_t checked = std::min(batch, kCheckedImages);
    const Weights weights = default_weights();
    const std::vector<float> x = random_values(static_cast<std::size_t>(checked) * step.inputs, 1);
    std::vector<float> expected(static_cast<std::size_t>(checked) * step.outputs);
    run_on_cpu(step, expected.data(), x.data(), weights.values, checked);

    StepOnGpu on_gpu(step, x, batch, weights.values);
    const cuda::BlockShape standard = on_gpu.block();
    std::vector<Result> results;
    for (const cuda::BlockShape& block : shapes(standard)) {
        on_gpu.use_block(block);
        const cuda::Occupancy occupancy = on_gpu.occupancy();
        Result& result =
            results.emplace_back(Result{.block = block,
                                        .occupancy = static_cast<double>(occupancy.threads) / occupancy.limit,
                                        .is_default = block.x == standard.x && block.y == standard.y});
        if (occupancy.threads == 0) continue;
        check_values(step.name + ", block " + name_of(block), expected, on_gpu.outputs(0, checked), kRounding);
        result.timing = measure_with(effort, Clock::gpu, [&](int times) { return on_gpu.seconds(times); });
    }
    return results;
}

void add_rows(Table& table, Plot& plot, const Step& step, std::int64_t batch, const std::vector<Result>& results) {
    // A comparison with "not a number" is false: shapes that were not run are never best.
    double best_s = std::numeric_limits<double>::infinity();
    for (const Result& result : results)
        if (result.timing.median_s < best_s) best_s = result.timing.median_s;
    const auto standard = std::find_if(results.begin(), results.end(), [](const Result& r) { return r.is_default; });
    for (const Result& result : results) {
        const bool was_run = result.timing.repetitions > 0, is_best = result.timing.median_s == best_s;
        const std::string note = !was_run            ? "does not fit"
                                 : is_best           ? result.is_default ? "best (default)" : "best"
                                 : result.is_default ? "default"
                                                     : "";
        add(table, {.parameters = {step.name, name_of(result.block), std::int64_t{result.block.x} * result.block.y,
                                   result.occupancy, note, batch},
                    .timing = result.timing,
                    .work = static_cast<double>(batch),
                    .unit = "images/s",
                    .baseline = {"default, " + name_of(standard->block), standard->timing.median_s}});
        plot.series.front().points.emplace_back(plot.names.size(), result.timing.median_s / best_s);
        plot.names.push_back(step.name + " " + name_of(result.block));
    }
}

void run_on_gpu(const Laboratory& laboratory, std::int64_t batch) {
    Table table = timed_table({{"step", Kind::text},
                               {"block", Kind::text},
                               {"threads", Kind::count},
                               {"occupancy", Kind::share},
                               {"note", Kind::text},
                               {"images", Kind::count}});
    Plot plot{
        .title = "Shapes of thread blocks", .x_label = "", .y_label = "time, best = 1", .series = {{"median", {}}}};
    for (const Step& step : network_steps())
        if (step.kind == Step::Kind::convolution || step.kind == Step::Kind::pool)
            add_rows(table, plot, step, batch, measure_shapes(step, batch, laboratory.effort()));
    laboratory.publish(table, plot);
}

#else
void run_on_gpu(const Laboratory&, std::int64_t) {}  // there is none: run_blocks() has thrown
#endif

void run_blocks(const BlocksOptions& options) {
    const Laboratory laboratory(options.lab);
    if (laboratory.gpu().index == kNoGpu) throw Error(ErrorCode::no_device, laboratory.gpu().why_not);
    run_on_gpu(laboratory, options.batch);
}

}  // namespace

Subcommand declare_blocks(CLI::App& bench) {
    const auto options = std::make_shared<BlocksOptions>();
    CLI::App* command = bench.add_subcommand("blocks", "convolution and pooling on the GPU over thread-block shapes");
    command->add_option("--batch", options->batch, "images")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 24))
        ->capture_default_str();
    add_lab_options(*command, options->lab);
    return {command, [options] { run_blocks(*options); }};
}

}  // namespace chiffre::bench
