// sample_maker.cu -- a block makes a sample at a time, in shared memory from the shape to the finished tile. What is
// drawn for a sample is a long chain of dependent steps, so a block draws for several samples at once, a thread each.
// Compiled without fused multiply-adds (CMakeLists.txt): the CPU's tiles round every product.
#include "sample_maker.h"

#include <algorithm>
#include <span>
#include <stdexcept>

#include "device.cuh"
#include "sample_steps.h"
#include "training/shuffle.h"

namespace chiffre::cuda {
namespace {

using training::SampleView;

constexpr int kThreads = 128;
// Of a multiprocessor, by registers: what is spilled for it belongs to the setups, not to the loops over pixels.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
constexpr int kResidentBlocks = 8;  // all that Turing's multiprocessors hold
#else
constexpr int kResidentBlocks = 12;
#endif

// Samples of a block: more would gain little more from drawing together, and leave blocks unequal at the end.
constexpr std::uint32_t kMostPerBlock = 16;
static_assert(kMostPerBlock <= kThreads);

struct Samples {
    std::uint8_t* tiles;
    std::uint8_t* labels;
    std::uint32_t epoch;
    Places places;
    std::uint32_t per_block;
};

struct ForAllThreads {
    template <typename Step>
    __device__ void operator()(const Step& step) const {
        step(Thread{static_cast<int>(threadIdx.x), kThreads});
        __syncthreads();
    }
};

__global__ void __launch_bounds__(kThreads, kResidentBlocks)
    make_samples_kernel(const __grid_constant__ SampleView view, const Samples samples) {
    extern __shared__ uint4 shared[];
    auto* setups = reinterpret_cast<SampleSetup*>(shared);
    const std::uint32_t begin = blockIdx.x * samples.per_block;
    const std::uint32_t count = min(samples.per_block, samples.places.count - begin);
    if (threadIdx.x < count) {
        const std::uint32_t i = begin + threadIdx.x;
        const std::uint32_t index = training::permuted(samples.places.at(i), view.per_epoch, view.seed, samples.epoch);
        setups[threadIdx.x] = set_up_sample(view, samples.epoch, index);
        samples.labels[i] = setups[threadIdx.x].label;
    }
    __syncthreads();

    SampleMemory memory;
    lay_out(memory, view, reinterpret_cast<std::byte*>(setups + kMostPerBlock));
    for (std::uint32_t k = 0; k < count; ++k) {
        std::uint8_t* tile = samples.tiles + static_cast<std::size_t>(begin + k) * kTileBytes;
        make_sample(tile, view, setups[k], memory, ForAllThreads{});
    }
}
static_assert(sizeof(SampleSetup) * kMostPerBlock % 16 == 0, "the memory behind the setups is aligned to 16 bytes");

// `values` in device memory, held by `memory`.
template <typename T>
std::span<const T> upload(DeviceMemory<T>& memory, std::span<const T> values) {
    memory = to_device(values.data(), values.size());
    return {memory.get(), values.size()};
}

}  // namespace

struct SampleMaker::Held {
    DeviceMemory<training::KindView> kinds;
    DeviceMemory<training::ShapeFamily> families;
    DeviceMemory<std::uint8_t> shapes, labels;
    DeviceMemory<training::NodeTaps> taps;
    DeviceMemory<training::Curve> curves;
    DeviceMemory<std::int8_t> noise;
    SampleView view;  // of them
    std::size_t shared_bytes = 0;
    std::uint32_t resident_blocks = 0;
};

SampleMaker::SampleMaker(const SampleView& samples) : held_(std::make_unique<Held>()) {
    for (const training::KindView& kind : samples.kinds)
        if ((kind.canvas_side != kTileSide && kind.canvas_side != kMostCanvasSide) || kind.source_side % 4 != 0)
            throw std::invalid_argument("SampleMaker: canvas sides are 32 or 64, source sides multiples of 4");
    Held& held = *held_;
    held.view = samples;
    held.view.kinds = upload(held.kinds, samples.kinds);
    held.view.families = upload(held.families, samples.families);
    held.view.shapes = upload(held.shapes, samples.shapes);
    held.view.labels = upload(held.labels, samples.labels);
    held.view.taps = upload(held.taps, samples.taps);
    held.view.curves = upload(held.curves, samples.curves);
    held.view.noise = upload(held.noise, samples.noise);

    SampleMemory memory{};
    held.shared_bytes = sizeof(SampleSetup) * kMostPerBlock + lay_out(memory, samples, nullptr);
    const auto shared_bytes = static_cast<int>(held.shared_bytes);
    CUDA_CHECK(cudaFuncSetAttribute(make_samples_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared_bytes));
    // Blocks wait at barriers: as many as shared memory holds keep a multiprocessor busy.
    CUDA_CHECK(cudaFuncSetAttribute(make_samples_kernel, cudaFuncAttributePreferredSharedMemoryCarveout,
                                    cudaSharedmemCarveoutMaxShared));
    int device = 0, multiprocessors = 0, blocks = 0;
    CUDA_CHECK(cudaGetDevice(&device));
    CUDA_CHECK(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
    CUDA_CHECK(
        cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, make_samples_kernel, kThreads, held.shared_bytes));
    held.resident_blocks = static_cast<std::uint32_t>(std::max(blocks * multiprocessors, 1));
}

SampleMaker::SampleMaker(SampleMaker&&) noexcept = default;
SampleMaker& SampleMaker::operator=(SampleMaker&&) noexcept = default;
SampleMaker::~SampleMaker() = default;

std::uint32_t SampleMaker::per_epoch() const {
    return held_->view.per_epoch;
}

void SampleMaker::make(std::uint8_t* tiles, std::uint8_t* labels, std::uint32_t epoch, std::uint32_t first,
                       std::uint32_t count, CUstream_st* stream) const {
    make(tiles, labels, epoch, Places{first, count, std::max(count, 1u), 1}, stream);
}

void SampleMaker::make(std::uint8_t* tiles, std::uint8_t* labels, std::uint32_t epoch, const Places& places,
                       CUstream_st* stream) const {
    const std::uint32_t count = places.count;
    if (count > per_epoch() || places.first > per_epoch() - count || (count > 0 && places.at(count - 1) >= per_epoch()))
        throw std::out_of_range("SampleMaker: an epoch has fewer samples");
    if (count == 0) return;
    // Small batches go to as many blocks as there is room for.
    const std::uint32_t per_block = std::clamp(count / held_->resident_blocks, 1u, kMostPerBlock);
    make_samples_kernel<<<ceil_div(count, per_block), kThreads, held_->shared_bytes, stream>>>(
        held_->view, {tiles, labels, epoch, places, per_block});
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace chiffre::cuda
