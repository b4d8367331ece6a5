// peaks.cu -- loops of independent operations in registers, enough warps to hide every latency, and plain copies.
//
// Each arithmetic kernel runs 32 warps on every multiprocessor, each thread with kChains chains of dependent
// operations: 32 warps x 8 chains leave 64 operations in flight per scheduler, where the longest latency (mma.sync,
// about 33 cycles on Hopper) asks for 33 and FFMA (4 cycles) for 4.
#include <cuda_fp16.h>

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

// Two halves between -1 and 1 that look random: with zeros the multipliers would draw less power and clock higher.
__device__ std::uint32_t made_halves(unsigned seed) {
    const unsigned bits = (seed + 1) * 2654435761u;
    const __half2 pair = __floats2half2_rn(static_cast<float>(bits & 0xffff) / 32768.0f - 1.0f,
                                           static_cast<float>(bits >> 16) / 32768.0f - 1.0f);
    return reinterpret_cast<const std::uint32_t&>(pair);
}

__global__ void __launch_bounds__(kThreads) tensor_kernel(float* sink) {
    std::uint32_t a[4], b[2];
    for (unsigned i = 0; i < 4; ++i) a[i] = made_halves(threadIdx.x * 6 + i);
    for (unsigned i = 0; i < 2; ++i) b[i] = made_halves(threadIdx.x * 6 + 4 + i);
    float sums[kChains][4] = {};
#pragma unroll 4
    for (int round = 0; round < kRounds; ++round)
#pragma unroll
        for (int i = 0; i < kChains; ++i) mma_f16(sums[i], a[0], a[1], a[2], a[3], b[0], b[1]);
    float total = 0;
#pragma unroll
    for (int i = 0; i < kChains; ++i) total += sums[i][0] + sums[i][1] + sums[i][2] + sums[i][3];
    keep(total, sink);
}

__global__ void __launch_bounds__(kThreads) tanh_fp32_kernel(float* sink) {
    float chains[kChains];
#pragma unroll
    for (int i = 0; i < kChains; ++i) chains[i] = static_cast<float>(threadIdx.x + i) * 0.01f;
#pragma unroll 4
    for (int round = 0; round < kRounds; ++round)
#pragma unroll
        for (int i = 0; i < kChains; ++i) chains[i] = tanh_approx(chains[i]);
    float total = 0;
#pragma unroll
    for (int i = 0; i < kChains; ++i) total += chains[i];
    keep(total, sink);
}

__global__ void __launch_bounds__(kThreads) tanh_fp16x2_kernel(float* sink) {
    std::uint32_t chains[kChains];
#pragma unroll
    for (int i = 0; i < kChains; ++i) chains[i] = made_halves(threadIdx.x * kChains + static_cast<unsigned>(i));
#pragma unroll 4
    for (int round = 0; round < kRounds; ++round)
#pragma unroll
        for (int i = 0; i < kChains; ++i) asm("tanh.approx.f16x2 %0, %0;" : "+r"(chains[i]));
    std::uint32_t total = 0;
#pragma unroll
    for (int i = 0; i < kChains; ++i) total ^= chains[i];
    keep(__uint_as_float(total), sink);
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

double Peaks::tensor_fp16(CUstream_st* stream) const {
    tensor_kernel<<<buffers_->blocks, kThreads, 0, stream>>>(buffers_->sink.get());
    CUDA_CHECK(cudaGetLastError());
    constexpr double kFlopPerMma = 2.0 * 16 * 8 * 16;
    return kFlopPerMma * kChains * kRounds * buffers_->threads() / 32;
}

double Peaks::tanh_fp32(CUstream_st* stream) const {
    tanh_fp32_kernel<<<buffers_->blocks, kThreads, 0, stream>>>(buffers_->sink.get());
    CUDA_CHECK(cudaGetLastError());
    return 1.0 * kChains * kRounds * buffers_->threads();
}

double Peaks::tanh_fp16x2(CUstream_st* stream) const {
    tanh_fp16x2_kernel<<<buffers_->blocks, kThreads, 0, stream>>>(buffers_->sink.get());
    CUDA_CHECK(cudaGetLastError());
    return 2.0 * kChains * kRounds * buffers_->threads();
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
