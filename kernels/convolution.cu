// convolution.cu -- 5x5 convolution, stride 1, no padding.
//
// A block keeps all weights and block.y images in shared memory and walks through the batch in strides of the grid.
// The block.x threads of an image share its outputs. A thread computes kRows rows of one column of kChannels maps at a
// time, all sums in registers: a value read from shared memory then serves up to 5 * kChannels multiply-adds and a
// weight kRows, so that by count the multiply-adds take longer than the reads. Neighbouring threads have neighbouring
// columns: they read different banks, and write one piece of memory.
#include <algorithm>
#include <stdexcept>

#include "device.cuh"
#include "layers.h"
#include "occupancy.cuh"

namespace chiffre::cuda {

static constexpr int kSide = kLayers[kC1].k;
static constexpr int kTaps = kSide * kSide;
// Up to kRoomyThreads leave a thread 96 registers, of which the sums take 40; with kMostThreads they are 64.
static constexpr int kRoomyThreads = 640, kMostThreads = 1024;
static_assert(kSide == 5 && kLayers[kC3].k == kSide);

// One weight of kChannels maps, read in one piece.
template <int kChannels>
struct alignas(kChannels % 4 == 0 ? 16 : 8) WeightOfMaps {
    float of[kChannels];
};

// Maps go in groups of kChannels, rows in strips of kRows.
struct Division {
    int groups, strips;
};
template <int kRows, int kChannels>
__host__ __device__ Division divide(const Shape& out) {
    return {ceil_div(out.c, kChannels), ceil_div(out.h, kRows)};
}

// From weights(oc, c, ky, kx) to staged(group, c, ky, kx); maps that fill up the last group get zeros.
template <int kChannels>
static __device__ void stage_weights(WeightOfMaps<kChannels>* staged, const float* weights, int in_c, int out_c,
                                     int groups, int thread, int threads) {
    const int per_map = in_c * kTaps;
    for (int i = thread; i < groups * per_map; i += threads)
#pragma unroll
        for (int o = 0; o < kChannels; ++o) {
            const int map = i / per_map * kChannels + o;
            staged[i].of[o] = map < out_c ? weights[map * per_map + i % per_map] : 0.0f;
        }
}

template <int kRows, int kChannels, int kMaxThreads>
static __global__ void __launch_bounds__(kMaxThreads)
    convolution_forward_kernel(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ weights,
                               const float* __restrict__ bias, std::int64_t n, Shape in, Shape out) {
    extern __shared__ float4 shared[];
    const auto [groups, strips] = divide<kRows, kChannels>(out);
    const int items = groups * strips * out.w;
    auto* staged = reinterpret_cast<WeightOfMaps<kChannels>*>(shared);
    auto* images = reinterpret_cast<float*>(staged + groups * in.c * kTaps);

    const int thread = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x);
    const int threads = static_cast<int>(blockDim.x * blockDim.y);
    const int image = static_cast<int>(threadIdx.y);
    stage_weights<kChannels>(staged, weights, in.c, out.c, groups, thread, threads);

    const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.y;
    for (std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * blockDim.y; first < n; first += stride) {
        const int count = static_cast<int>(min(static_cast<std::int64_t>(blockDim.y), n - first));
        __syncthreads();  // nobody reads the images of the round before any more
#pragma unroll 4
        for (int i = thread; i < count * in.size(); i += threads) images[i] = x[first * in.size() + i];
        __syncthreads();
        if (image >= count) continue;

        for (int item = static_cast<int>(threadIdx.x); item < items; item += static_cast<int>(blockDim.x)) {
            const int column = item % out.w;
            const int group = item / out.w / strips;
            // The last strip moves up to end with the map: rows in two strips get the same value twice.
            const int row = min(item / out.w % strips * kRows, out.h - kRows);
            const float* window = images + image * in.size() + row * in.w + column;
            const WeightOfMaps<kChannels>* w = staged + group * in.c * kTaps;

            float sum[kChannels][kRows];
#pragma unroll
            for (int o = 0; o < kChannels; ++o) {
                const int map = group * kChannels + o;
                const float b = map < out.c ? bias[map] : 0.0f;
#pragma unroll
                for (int j = 0; j < kRows; ++j) sum[o][j] = b;
            }
            for (int c = 0; c < in.c; ++c, window += in.h * in.w, w += kTaps)
#pragma unroll
                for (int kx = 0; kx < kSide; ++kx) {
                    float seen[kRows + kSide - 1];
#pragma unroll
                    for (int r = 0; r < kRows + kSide - 1; ++r) seen[r] = window[r * in.w + kx];
#pragma unroll
                    for (int ky = 0; ky < kSide; ++ky) {
                        const WeightOfMaps<kChannels> weight = w[ky * kSide + kx];
#pragma unroll
                        for (int o = 0; o < kChannels; ++o)
#pragma unroll
                            for (int j = 0; j < kRows; ++j) sum[o][j] += seen[j + ky] * weight.of[o];
                    }
                }

            const int plane = out.h * out.w;
            float* to = y + (first + image) * out.size() + group * kChannels * plane + row * out.w + column;
#pragma unroll
            for (int o = 0; o < kChannels; ++o, to += plane)
                if (group * kChannels + o < out.c)
#pragma unroll
                    for (int j = 0; j < kRows; ++j) to[j * out.w] = sum[o][j];
        }
    }
}

namespace {

// The instance of the kernel that fits a layer and a block, and the shared memory it wants.
struct Instance {
    decltype(&convolution_forward_kernel<5, 8, kRoomyThreads>) kernel;
    std::size_t shared_bytes;
};

template <int kRows, int kChannels, int kMaxThreads>
Instance instance(const Layer& layer, BlockShape block) {
    const std::size_t weights =
        sizeof(WeightOfMaps<kChannels>) * divide<kRows, kChannels>(layer.out).groups * layer.in.c * kTaps;
    return {convolution_forward_kernel<kRows, kChannels, kMaxThreads>,
            weights + sizeof(float) * block.y * layer.in.size()};
}

// Strips and groups that C1 (6 maps of 28 rows) and C3 (16 of 10) fill; about 40 sums a thread, in a large block half.
Instance choose(const Layer& layer, BlockShape block) {
    const Shape &in = layer.in, &out = layer.out;
    if (layer.k != kSide || out.h < 5 || out.h != in.h - kSide + 1 || out.w != in.w - kSide + 1)
        throw std::invalid_argument("convolution_forward: not 5x5 with at least 5 output rows");
    const bool like_c1 = out.c <= 6 && out.h % 7 == 0;
    if (block.x * block.y > kRoomyThreads)
        return like_c1 ? instance<4, 6, kMostThreads>(layer, block) : instance<5, 4, kMostThreads>(layer, block);
    return like_c1 ? instance<7, 6, kRoomyThreads>(layer, block) : instance<5, 8, kRoomyThreads>(layer, block);
}

// What is more than 48 KB of shared memory a kernel has to be allowed.
void allow_shared(const Instance& chosen) {
    CUDA_CHECK(cudaFuncSetAttribute(chosen.kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(chosen.shared_bytes)));
}

}  // namespace

void convolution_forward(float* y, const float* x, const float* weights, const float* bias, std::int64_t n,
                         const Layer& layer, BlockShape block, CUstream_st* stream) {
    if (n <= 0) return;
    const Instance chosen = choose(layer, block);
    allow_shared(chosen);
    // More blocks would stage the weights more often, fewer would make the last, part-filled wave matter: about 25
    // waves on a GPU of 132 multiprocessors.
    constexpr std::int64_t kMostBlocks = 16'384;
    const std::int64_t blocks = std::min(ceil_div<std::int64_t>(n, block.y), kMostBlocks);
    chosen.kernel<<<static_cast<unsigned>(blocks), dim3(block.x, block.y), chosen.shared_bytes, stream>>>(
        y, x, weights, bias, n, layer.in, layer.out);
    CUDA_CHECK(cudaGetLastError());
}

// Measured (bench blocks): C1 has 112 items an image, a round of one block; C3 has 40, and four images leave shared
// memory for several blocks.
BlockShape convolution_block(const Layer& layer) {
    return layer.in.c == 1 ? BlockShape{128, 1} : BlockShape{40, 4};
}

Occupancy convolution_occupancy(const Layer& layer, BlockShape block) {
    const Instance chosen = choose(layer, block);
    int device = 0, allowed = 0;
    CUDA_CHECK(cudaGetDevice(&device));
    CUDA_CHECK(cudaDeviceGetAttribute(&allowed, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
    if (chosen.shared_bytes > static_cast<std::size_t>(allowed)) return {};
    allow_shared(chosen);
    return occupancy(chosen.kernel, block.x * block.y, chosen.shared_bytes);
}

}  // namespace chiffre::cuda
