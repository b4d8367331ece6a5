// step_on_gpu.cpp -- what step_on_gpu.h promises.
#include "bench/step_on_gpu.h"

#include <algorithm>

#include "device.cuh"
#include "error.h"
#include "lab/gpu.h"
#include "layered.h"

namespace chiffre::bench {

using cuda::device_memory;

struct StepOnGpu::Memory {
    cuda::DeviceMemory<float> x, y, weights;
};

namespace {

void require_memory(const Step& step, std::int64_t n) {
    const auto needed = static_cast<std::size_t>(step.bytes(n));
    const std::size_t available = cuda::gpu_facts().free_bytes;
    if (needed <= available) return;
    throw Error(ErrorCode::usage, "--batch " + std::to_string(n) + ": expected at most " +
                                      std::to_string(available >> 20) + " MiB of GPU memory to be needed, found " +
                                      std::to_string(needed >> 20) + " MiB for " + step.name);
}

// `count` values on the device: the given ones, again and again. By doubling what is there.
template <typename T>
cuda::DeviceMemory<T> repeated(std::span<const T> given, std::size_t count) {
    cuda::DeviceMemory<T> memory = device_memory<T>(count);
    std::size_t there = std::min(given.size(), count);
    CUDA_CHECK(cudaMemcpy(memory.get(), given.data(), there * sizeof(T), cudaMemcpyHostToDevice));
    while (there < count) {
        const std::size_t more = std::min(there, count - there);
        CUDA_CHECK(cudaMemcpy(memory.get() + there, memory.get(), more * sizeof(T), cudaMemcpyDeviceToDevice));
        there += more;
    }
    CUDA_CHECK(cudaDeviceSynchronize());  // other streams do not wait for these copies
    return memory;
}

std::vector<float> download(const float* values, std::size_t count) {
    std::vector<float> host(count);
    CUDA_CHECK(cudaMemcpy(host.data(), values, count * sizeof(float), cudaMemcpyDeviceToHost));
    return host;
}

}  // namespace

StepOnGpu::StepOnGpu(const Step& step, std::span<const float> x, std::int64_t n, std::span<const float> parameters)
    : step_(step), n_(n), memory_(std::make_unique<Memory>()) {
    require_memory(step, n);
    memory_->x = repeated(x, static_cast<std::size_t>(n) * step.inputs);
    memory_->y = device_memory<float>(static_cast<std::size_t>(n) * step.outputs);
    const Layer& layer = kLayers[step.layer];
    if (step.parameters() > 0)
        memory_->weights = cuda::to_device(&parameters[weight_offset(step.layer)], layer.parameters());
    if (step.kind == Step::Kind::convolution) block_ = cuda::convolution_block(layer);
    if (step.kind == Step::Kind::pool) block_ = cuda::pool_block(layer);
}
StepOnGpu::StepOnGpu(StepOnGpu&&) noexcept = default;
StepOnGpu::~StepOnGpu() = default;

cuda::Occupancy StepOnGpu::occupancy() const {
    const Layer& layer = kLayers[step_.layer];
    return step_.kind == Step::Kind::convolution ? cuda::convolution_occupancy(layer, block_)
                                                 : cuda::pool_occupancy(layer, block_);
}

void StepOnGpu::launch(CUstream_st* stream) {
    const Layer& layer = kLayers[step_.layer];
    float* y = memory_->y.get();
    const float *x = memory_->x.get(), *weights = memory_->weights.get();
    const float* bias = step_.parameters() > 0 ? weights + layer.weights() : nullptr;
    switch (step_.kind) {
        case Step::Kind::tile:
            return cuda::tile_forward(y, reinterpret_cast<const std::uint8_t*>(x), n_, stream);
        case Step::Kind::convolution:
            return cuda::convolution_forward(y, x, weights, bias, n_, layer, block_, stream);
        case Step::Kind::pool:
            return cuda::pool_forward(y, x, n_, layer, block_, stream);
        case Step::Kind::dense:
            return cuda::dense_forward(y, x, weights, bias, n_, layer, stream);
        case Step::Kind::tanh:
            return cuda::tanh_forward(y, x, n_ * step_.outputs, stream);
        case Step::Kind::softmax:
            return cuda::softmax_forward(y, x, n_, step_.outputs, stream);
    }
}

std::vector<float> StepOnGpu::outputs(std::int64_t first, std::int64_t count) {
    const std::size_t size = step_.outputs;
    CUDA_CHECK(cudaMemset(memory_->y.get(), 0xff, n_ * size * sizeof(float)));  // not numbers
    launch(nullptr);
    return download(memory_->y.get() + first * size, count * size);
}

double StepOnGpu::seconds(int times) {
    return cuda::seconds_on_gpu(times, [this](CUstream_st* stream) { launch(stream); });
}

struct LayeredOnGpu::Memory {
    cuda::DeviceMemory<Tile> tiles;
    cuda::DeviceMemory<float> scores;
    cuda::LayeredForward network;
};

LayeredOnGpu::LayeredOnGpu(std::span<const Tile> tiles, std::int64_t n, std::span<const float> parameters) : n_(n) {
    constexpr std::int64_t kMost = 65'536;  // 2.4 GB of activations
    memory_ = std::make_unique<Memory>(Memory{repeated(tiles, n), device_memory<float>(n * kClasses),
                                              cuda::LayeredForward(parameters.data(), std::min(n, kMost))});
}
LayeredOnGpu::~LayeredOnGpu() = default;

std::vector<float> LayeredOnGpu::scores(std::int64_t first, std::int64_t count) {
    CUDA_CHECK(cudaMemset(memory_->scores.get(), 0xff, n_ * kClasses * sizeof(float)));  // not numbers
    memory_->network.forward(memory_->scores.get(), memory_->tiles.get()->ink.data(), n_, nullptr);
    return download(memory_->scores.get() + first * kClasses, count * kClasses);
}

double LayeredOnGpu::seconds(int times) {
    return cuda::seconds_on_gpu(times, [this](CUstream_st* stream) {
        memory_->network.forward(memory_->scores.get(), memory_->tiles.get()->ink.data(), n_, stream);
    });
}

}  // namespace chiffre::bench
