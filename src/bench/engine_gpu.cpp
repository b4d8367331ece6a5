// engine_gpu.cpp -- the CUDA engine: its kernels alone, on tiles that are on the GPU already, and the whole of it, from
// host memory to host memory.
#include <cstring>

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

// The pass in half precision makes two hyperbolic tangents at a time.
std::vector<Use> uses_fp16(const GpuPeaks& peaks) {
    return {{Part::tensor, peaks.tensor.limit(), kFlopPerImage},
            {Part::tanh, peaks.tanh_fp16.limit(), tanh_per_image()},
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

template <typename Forward>
void measure_kernel(EngineResults& results, const EngineTask& task, const Forward& forward, const OnGpu& memory,
                    const std::string& name, const std::vector<Use>& uses) {
    CUDA_CHECK(cudaMemcpy(memory.tiles.get(), task.tiles.data(), task.tiles.size_bytes(), cudaMemcpyHostToDevice));
    CUDA_CHECK(cudaDeviceSynchronize());  // the streams below do not wait for the default one
    for (const std::size_t batch : task.batches) {
        const Timing timing = measure_with(task.effort, Clock::gpu, [&](int times) {
            return cuda::seconds_on_gpu(times,
                                        [&](CUstream_st* stream) { forward.forward(memory.batch(batch), stream); });
        });
        results.add({"throughput", name, "device", batch, timing, uses});
    }
}

// Host to host, with the tiles and scores in `tiles` and `scores`, which are of the kind that `where` names.
void measure_engine(EngineResults& results, const EngineTask& task, Engine& engine, std::span<const Tile> tiles,
                    std::span<Scores> scores, const std::string& name, const std::string& where,
                    const std::vector<Use>& uses) {
    for (const std::size_t batch : task.batches) {
        const Timing timing =
            measure(task.effort, Clock::wall, [&] { engine.classify(tiles.first(batch), scores.first(batch)); });
        results.add({"throughput", name, where, batch, timing, uses});
    }
    const Timing latency =
        measure_calls(task.calls, [&] { engine.classify(tiles.first(kPhotoTiles), scores.first(kPhotoTiles)); });
    results.add({"latency", name, where, kPhotoTiles, latency, uses});
}

}  // namespace

void measure_gpu(EngineResults& results, const EngineTask& task, int index) {
    const GpuPeaks peaks = gpu_peaks(task.effort);
    for (const Peak* peak : peaks.all()) results.add(*peak);
    const std::string gpu = "cuda:" + std::to_string(index);
    const std::size_t n = task.tiles.size();
    {
        const OnGpu memory{cuda::device_memory<Tile>(n), cuda::device_memory<Scores>(n)};
        const cuda::ForwardFp32 fp32(task.weights.values.data());
        const cuda::ForwardFp16 fp16(task.weights.values.data());
        std::vector<Contestant> contestants = cpu_contestants(task.weights);
        contestants.resize(1);
        contestants.push_back(kernel_contestant(fp32, memory, gpu + " fp32, kernel", kSinglePrecision));
        contestants.push_back(kernel_contestant(fp16, memory, gpu + " fp16, kernel", kHalfPrecision));
        check_agreement(contestants, task.tiles);
        measure_kernel(results, task, fp32, memory, gpu + " fp32", uses_fp32(peaks));
        measure_kernel(results, task, fp16, memory, gpu + " fp16", uses_fp16(peaks));
    }
    const auto pinned_tiles = cuda::pinned_memory<Tile>(n);
    const auto pinned_scores = cuda::pinned_memory<Scores>(n);
    std::memcpy(static_cast<void*>(pinned_tiles.get()), task.tiles.data(), task.tiles.size_bytes());
    std::vector<Scores> pageable_scores(n);
    for (const Precision precision : {Precision::fp32, Precision::fp16}) {
        const auto engine = open_engine({Device::Kind::cuda, {index}}, task.weights, precision);
        const bool single = precision == Precision::fp32;
        std::vector<Use> uses = single ? uses_fp32(peaks) : uses_fp16(peaks);
        uses.push_back({Part::bus, peaks.to_device.limit(), kBusBytesPerImage});
        const std::string name = gpu + (single ? " fp32" : " fp16");
        measure_engine(results, task, *engine, {pinned_tiles.get(), n}, {pinned_scores.get(), n}, name, "pinned", uses);
        measure_engine(results, task, *engine, task.tiles, pageable_scores, name, "pageable", uses);
    }
}

}  // namespace chiffre::bench
