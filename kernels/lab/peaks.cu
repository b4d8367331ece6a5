// peaks.cu -- loops of independent operations in registers, enough warps to hide every latency, and plain copies.
//
// Each arithmetic kernel runs 32 warps on every multiprocessor, each thread with kChains chains of dependent
// operations: 32 warps x 8 chains leave 64 operations in flight per scheduler, where the longest latency (mma.sync,
// about 33 cycles on Hopper) asks for 33 and FFMA (4 cycles) for 4.
#include <algorithm>

#include "device.cuh"
#include "mma.cuh"
#include "peaks.h"

namespace chiffre::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kBlocksPerMultiprocessor = 4;
constexpr int kChains = 8;
constexpr int kRounds = 4096;

// Never true, but the compiler cannot know: what is computed must not be left out.
__device__ void keep(float value, float* sink) {
    if (value == 1.2345e30f) *sink = value;
}

__global__ void __launch_bounds__(kThreads) fma_kernel(float* sink, float factor, float term) {
    float chains[kChains];
#pragma unroll
    for (int i = 0; i < kChains; ++i) chains[i] = static_cast<float>(threadIdx.x + i);
#pragma unroll 8
    for (int round = 0; round < kRounds; ++round)
#pragma unroll
        for (int i = 0; i < kChains; ++i) chains[i] = fmaf(chains[i], factor, term);
    float total = 0;
#pragma unroll
    for (int i = 0; i < kChains; ++i) total += chains[i];
    keep(total, sink);
}

// Four bytes that look random: with zeros the multipliers would draw less power and clock higher.
__device__ std::uint32_t made_bytes(unsigned seed) {
    return (seed + 1) * 2654435761u;
}

__global__ void __launch_bounds__(kThreads) tensor_kernel(float* sink) {
    std::uint32_t a[4], b[2];
    for (unsigned i = 0; i < 4; ++i) a[i] = made_bytes(threadIdx.x * 6 + i);
    for (unsigned i = 0; i < 2; ++i) b[i] = made_bytes(threadIdx.x * 6 + 4 + i);
    int sums[kChains][4] = {};
#pragma unroll 4
    for (int round = 0; round < kRounds; ++round)
#pragma unroll
        for (int i = 0; i < kChains; ++i) mma_u8s8_k32(sums[i], a, b[0], b[1]);
    int total = 0;
#pragma unroll
    for (int i = 0; i < kChains; ++i) total += sums[i][0] + sums[i][1] + sums[i][2] + sums[i][3];
    keep(__int_as_float(total), sink);  // no int could be what keep() looks for, and the compiler knows
}

__global__ void __launch_bounds__(kThreads) exp2_kernel(float* sink) {
    float chains[kChains];
#pragma unroll
    for (int i = 0; i < kChains; ++i) chains[i] = static_cast<float>(threadIdx.x + i) * 0.01f;
#pragma unroll 4
    for (int round = 0; round < kRounds; ++round)
#pragma unroll
        for (int i = 0; i < kChains; ++i) chains[i] = exp2_approx(-chains[i]);
    float total = 0;
#pragma unroll
    for (int i = 0; i < kChains; ++i) total += chains[i];
    keep(total, sink);
}

__global__ void __launch_bounds__(kThreads)
    copy_kernel(float4* __restrict__ to, const float4* __restrict__ from, std::size_t count) {
    const std::size_t step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
    for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step)
        to[i] = from[i];
}

}  // namespace

struct Peaks::Buffers {
    std::size_t bytes;  // of each
    int blocks;
    DeviceMemory<std::byte> from, to;
    PinnedMemory<std::byte> host;
    DeviceMemory<float> sink;

    double threads() const { return static_cast<double>(blocks) * kThreads; }
};

Peaks::Peaks(std::size_t bytes) : buffers_(std::make_unique<Buffers>()) {
    int device = 0, multiprocessors = 0;
    CUDA_CHECK(cudaGetDevice(&device));
    CUDA_CHECK(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
    Buffers& b = *buffers_;
    b.bytes = ceil_div(bytes, sizeof(float4)) * sizeof(float4);
    b.blocks = multiprocessors * kBlocksPerMultiprocessor;
    b.from = device_memory<std::byte>(b.bytes);
    b.to = device_memory<std::byte>(b.bytes);
    b.host = pinned_memory<std::byte>(b.bytes);
    b.sink = device_memory<float>(1);
    CUDA_CHECK(cudaMemset(b.from.get(), 1, b.bytes));
    CUDA_CHECK(cudaDeviceSynchronize());  // the streams that measure do not wait for the default one
    std::fill_n(b.host.get(), b.bytes, std::byte{1});
}
Peaks::Peaks(Peaks&&) noexcept = default;
Peaks& Peaks::operator=(Peaks&&) noexcept = default;
Peaks::~Peaks() = default;

double Peaks::fma_fp32(CUstream_st* stream) const {
    // Towards 1: no overflow, no denormals.
    fma_kernel<<<buffers_->blocks, kThreads, 0, stream>>>(buffers_->sink.get(), 0.999f, 0.001f);
    CUDA_CHECK(cudaGetLastError());
    return 2.0 * kChains * kRounds * buffers_->threads();
}

double Peaks::tensor_int8(CUstream_st* stream) const {
    tensor_kernel<<<buffers_->blocks, kThreads, 0, stream>>>(buffers_->sink.get());
    CUDA_CHECK(cudaGetLastError());
    constexpr double kOperationsPerMma = 2.0 * 16 * 8 * 32;
    return kOperationsPerMma * kChains * kRounds * buffers_->threads() / 32;
}

double Peaks::exp2_fp32(CUstream_st* stream) const {
    exp2_kernel<<<buffers_->blocks, kThreads, 0, stream>>>(buffers_->sink.get());
    CUDA_CHECK(cudaGetLastError());
    return 1.0 * kChains * kRounds * buffers_->threads();
}

double Peaks::device_copy(CUstream_st* stream) const {
    const std::size_t count = buffers_->bytes / sizeof(float4);
    // One float4 per thread: the hardware keeps more loads in flight than a loop does.
    const auto blocks = static_cast<unsigned>(std::min<std::size_t>(ceil_div<std::size_t>(count, kThreads), 1u << 30));
    copy_kernel<<<blocks, kThreads, 0, stream>>>(reinterpret_cast<float4*>(buffers_->to.get()),
                                                 reinterpret_cast<const float4*>(buffers_->from.get()), count);
    CUDA_CHECK(cudaGetLastError());
    return 2.0 * static_cast<double>(buffers_->bytes);
}

double Peaks::host_to_device(CUstream_st* stream) const {
    CUDA_CHECK(
        cudaMemcpyAsync(buffers_->to.get(), buffers_->host.get(), buffers_->bytes, cudaMemcpyHostToDevice, stream));
    return static_cast<double>(buffers_->bytes);
}

double Peaks::device_to_host(CUstream_st* stream) const {
    CUDA_CHECK(
        cudaMemcpyAsync(buffers_->host.get(), buffers_->from.get(), buffers_->bytes, cudaMemcpyDeviceToHost, stream));
    return static_cast<double>(buffers_->bytes);
}

}  // namespace chiffre::cuda
