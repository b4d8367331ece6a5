// engine_bench.h -- what the parts of `bench engine` share: the CPU's, the GPU's, training's.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "bench/contestants.h"
#include "bench/laboratory.h"
#include "bench/peak.h"

namespace chiffre::bench {

// What an image costs. Multiply and add count as two.
inline constexpr double kFlopPerImage = 2.0 * kMultiplyAdds;
inline constexpr double kBusBytesPerImage = kTileBytes;  // the scores go the other way, and the bus has two
inline constexpr double kMemoryBytesPerImage = kTileBytes + sizeof(Scores);
constexpr double tanh_per_image() {
    double count = 0;
    for (const Layer& layer : kLayers)
        if (layer.tanh) count += layer.out.size();
    return count;
}

// Parts of the machine that every image uses; each has a column that says which share of it is in use.
enum class Part { fma, tensor, special, memory, bus };
inline constexpr int kParts = 5;

struct Use {
    Part part;
    Limit limit;
    double per_image;  // of the limit's unit
};

// The candidates of one photo with a line of figures: what latency is about.
inline constexpr std::size_t kPhotoTiles = 16;

struct EngineRow {
    std::string measure, engine, tiles;  // "throughput", "cpu avx512, one core", "host"
    std::size_t batch;
    Timing timing;
    std::vector<Use> uses = {};
};

class EngineResults {
  public:
    EngineResults();
    void add(const Peak& peak);
    // The first row of a batch and measure is the baseline of those that follow; the use with the largest share is the
    // row's limit.
    void add(const EngineRow& row);

    const Table& table() const { return table_; }
    const Plot& plot() const { return plot_; }

  private:
    Table table_;
    Plot plot_;
    std::map<std::pair<std::string, std::size_t>, Baseline> baselines_;
};

struct EngineOptions {
    LabOptions lab;
    std::size_t max_batch = 1 << 20;
    std::vector<std::size_t> batches;  // empty: powers of 4 up to max_batch
    std::string isa;                   // empty: every one
    bool training = false;

    int calls() const { return lab.quick ? 200 : 5000; }  // of the latency
};

struct EngineTask {
    const Weights& weights;
    std::span<const Tile> tiles;  // as many as the largest batch, and kPhotoTiles at least
    std::span<const std::size_t> batches;
    Effort effort;
    int calls;
};

// One core and all cores, with the instruction set `isa`.
void measure_cpu(EngineResults& results, const EngineTask& task, const std::string& isa);

// Forward and backward on one core, with each instruction set of this machine or the one named. Checks that they agree.
void measure_training(EngineResults& results, const EngineTask& task, const std::string& isa);

// With tiles on the GPU and streamed from host memory. Checks that the kernels agree with the CPU. Builds with CUDA
// only.
void measure_gpu(EngineResults& results, const EngineTask& task, int index);

}  // namespace chiffre::bench
