// engine_gpu.cpp -- the CUDA engine: its kernels alone, on tiles that are on the GPU already, and the whole of it, from
// host memory to host memory.
#include <algorithm>
#include <cstring>
#include <limits>

#include "bench/engine_bench.h"
#include "device.cuh"
#include "engine.h"
#include "forward.h"
#include "lab/gpu.h"

namespace chiffre::bench {
namespace {

std::vector<Use> uses_fp32(const GpuPeaks& peaks) {
    return {{Part::fma, peaks.fma.limit(), kFlopPerImage}, {Part::memory, peaks.memory.limit(), kMemoryBytesPerImage}};
}

// In 16-bit fixed point a product of C1 is two of bytes, any other three; a tanh is a power of two and half a
// reciprocal, which the special function unit takes as long for.
std::vector<Use> uses_fp16(const GpuPeaks& peaks) {
    constexpr double kByteOperations = 2.0 * (3.0 * kMultiplyAdds - kLayers[0].multiply_adds());
    constexpr double kSpecialFunctions = 1.5 * tanh_per_image();
    return {{Part::tensor, peaks.tensor.limit(), kByteOperations},
            {Part::special, peaks.special.limit(), kSpecialFunctions},
            {Part::memory, peaks.memory.limit(), kMemoryBytesPerImage}};
}

// Tiles and scores in the GPU's memory.
struct OnGpu {
    cuda::DeviceMemory<Tile> tiles;
    cuda::DeviceMemory<Scores> scores;

    cuda::ForwardBatch batch(std::size_t n) const {
        cuda::ForwardBatch batch;
        batch.tiles = reinterpret_cast<const std::uint8_t*>(tiles.get());
        batch.scores = reinterpret_cast<float*>(scores.get());
        batch.n = static_cast<std::int64_t>(n);
        return batch;
    }
};

template <typename Forward>
Contestant kernel_contestant(const Forward& forward, const OnGpu& memory, const std::string& name,
                             const Tolerance& tolerance) {
    const auto classify = [&](std::span<const Tile> tiles, std::span<Scores> scores) {
        const cuda::Stream stream = cuda::make_stream();
        CUDA_CHECK(cudaMemcpyAsync(memory.tiles.get(), tiles.data(), tiles.size_bytes(), cudaMemcpyHostToDevice,
                                   stream.get()));
        // Not numbers, should nobody write them: what the contestant before left there would pass.
        CUDA_CHECK(cudaMemsetAsync(memory.scores.get(), 0xff, scores.size_bytes(), stream.get()));
        forward.forward(memory.batch(tiles.size()), stream.get());
        CUDA_CHECK(cudaMemcpyAsync(scores.data(), memory.scores.get(), scores.size_bytes(), cudaMemcpyDeviceToHost,
                                   stream.get()));
        CUDA_CHECK(cudaStreamSynchronize(stream.get()));
    };
    return {name, classify, tolerance};
}

// The last of a large batch are those that a wrong offset or too small a grid would miss.
void check_last(const Contestant& contestant, const Contestant& reference, std::span<const Tile> batch) {
    constexpr std::size_t kChecked = 4096;
    const std::span<const Tile> last = batch.last(std::min(batch.size(), kChecked));
    const std::vector<Scores> found = scores_of(contestant, batch);
    check_scores(contestant, reference.name, scores_of(reference, last), std::span(found).last(last.size()));
}

// Times passes over the tiles in `memory`.
template <typename Forward>
void measure_kernel(EngineResults& results, const EngineTask& task, const Forward& forward, const OnGpu& memory,
                    const std::string& name, const std::vector<Use>& uses) {
    for (const std::size_t batch : task.batches) {
        const Timing timing = measure_with(task.effort, Clock::gpu, [&](int times) {
            return cuda::seconds_on_gpu(times,
                                        [&](CUstream_st* stream) { forward.forward(memory.batch(batch), stream); });
        });
        results.add({"throughput", name, "device", batch, timing, uses});
    }
}

// What the CPU makes of the first tiles.
struct Expected {
    std::string reference;
    std::vector<Scores> scores;
};

// Host to host, with the tiles and scores in `tiles` and `scores`, which are of the kind that `where` names.
void measure_engine(EngineResults& results, const EngineTask& task, const Contestant& engine, const Expected& expected,
                    std::span<const Tile> tiles, std::span<Scores> scores, const std::string& where,
                    const std::vector<Use>& uses) {
    const auto classify_first = [&](std::size_t n) { engine.classify(tiles.first(n), scores.first(n)); };
    const std::span<Scores> checked = scores.first(expected.scores.size());
    Scores unwritten;
    unwritten.fill(std::numeric_limits<float>::quiet_NaN());
    std::fill(checked.begin(), checked.end(), unwritten);
    classify_first(checked.size());
    check_scores(engine, expected.reference, expected.scores, checked);
    for (const std::size_t batch : task.batches) {
        const Timing timing = measure(task.effort, Clock::wall, [&] { classify_first(batch); });
        results.add({"throughput", engine.name, where, batch, timing, uses});
    }
    const Timing latency = measure_calls(task.calls, [&] { classify_first(kPhotoTiles); });
    results.add({"latency", engine.name, where, kPhotoTiles, latency, uses});
}

}  // namespace

void measure_gpu(EngineResults& results, const EngineTask& task, int index) {
    const GpuPeaks peaks = gpu_peaks(task.effort);
    for (const Peak* peak : peaks.all()) results.add(*peak);
    const std::string gpu = "cuda:" + std::to_string(index);
    const std::size_t n = task.tiles.size();
    const Contestant reference = cpu_contestants(task.weights).front();
    {
        const OnGpu memory{cuda::device_memory<Tile>(n), cuda::device_memory<Scores>(n)};
        const cuda::ForwardFp32 fp32(task.weights.values.data());
        const cuda::ForwardFp16 fp16(task.weights.values.data());
        const Contestant contestants[] = {
            reference,
            kernel_contestant(fp32, memory, gpu + " fp32, kernel", kSinglePrecision),
            kernel_contestant(fp16, memory, gpu + " fp16, kernel", kSixteenBits),
        };
        check_agreement(contestants, task.tiles);
        // Leaves the tiles of the largest batch in `memory`, for the timing.
        const std::size_t largest = *std::max_element(task.batches.begin(), task.batches.end());
        for (const Contestant& kernel : std::span(contestants).subspan(1))
            check_last(kernel, reference, task.tiles.first(largest));
        measure_kernel(results, task, fp32, memory, gpu + " fp32", uses_fp32(peaks));
        measure_kernel(results, task, fp16, memory, gpu + " fp16", uses_fp16(peaks));
    }
    constexpr std::size_t kChecked = 20'000;
    const Expected expected{reference.name, scores_of(reference, task.tiles.first(std::min(n, kChecked)))};
    const auto pinned_tiles = cuda::pinned_memory<Tile>(n);
    const auto pinned_scores = cuda::pinned_memory<Scores>(n);
    std::memcpy(static_cast<void*>(pinned_tiles.get()), task.tiles.data(), task.tiles.size_bytes());
    std::vector<Scores> pageable_scores(n);
    for (const Precision precision : {Precision::fp32, Precision::fp16}) {
        const auto engine = open_engine({Device::Kind::cuda, {index}}, task.weights, precision);
        const bool single = precision == Precision::fp32;
        const Contestant contestant{
            gpu + (single ? " fp32" : " fp16"),
            [&engine](std::span<const Tile> tiles, std::span<Scores> scores) { engine->classify(tiles, scores); },
            single ? kSinglePrecision : kSixteenBits};
        std::vector<Use> uses = single ? uses_fp32(peaks) : uses_fp16(peaks);
        uses.push_back({Part::bus, peaks.to_device.limit(), kBusBytesPerImage});
        measure_engine(results, task, contestant, expected, {pinned_tiles.get(), n}, {pinned_scores.get(), n}, "pinned",
                       uses);
        measure_engine(results, task, contestant, expected, task.tiles, pageable_scores, "pageable", uses);
    }
}

}  // namespace chiffre::bench
