// forward_fp32.cu -- LeNet-5 in IEEE single precision, tiles to scores in one launch.
//
// Who does what. A block takes a group of kImages images through all layers; barriers stand between the layers, and
// several blocks on a multiprocessor fill each other's gaps. Every thread computes a rectangle of outputs that is large
// enough for each loaded value to be multiplied many times:
//   C1     2 x 4 outputs, of two channels at a time: 400 multiply-adds a turn. The parameters are arguments of the
//          kernel and come from the constant cache.
//   C3     2 x 10 outputs (a row of pooling windows) of kChannels channels. The lanes of a warp are images and channel
//          groups, so that weights are read once for all images: 400 multiply-adds for 13 loads.
//   dense  kOutputs x kRows outputs and images; weights come from the second-level cache, four of a row at a time.
//
// Numbers. Sums start at the bias and add products in the order of the CPU engine, with fused multiply-adds, and tanh
// is the same quotient of polynomials: on a CPU with fused multiply-adds both give the same bits.
//
// What binds: 416,520 multiply-adds an image are 3,254 cycles of a multiprocessor's 128 units, and 6,508 tanh of 11
// operations on the same units 560 more. docs/performance.md has the arithmetic and the measurements.
#include <algorithm>

#include "device.cuh"
#include "forward.h"
#include "fp32_weights.h"
#include "lenet5.h"
#include "mma.cuh"
#include "ranking.cuh"
#include "tanh_approximation.h"
#include "tile.h"

namespace chiffre::cuda {
namespace fp32 {
namespace {

constexpr int kThreads = 160;
constexpr Layer kFirst = kLayers[kC1], kSecond = kLayers[kC3];

// How a block's work is cut. Few images a block make the least latency, many the most throughput.
template <int kImagesOfBlock, int kChannelsOfThread, int kOutputsOfThread, int kRowsOfThread, int kC5StepsAhead,
          int kF6StepsAhead>
struct Cut {
    static constexpr int kImages = kImagesOfBlock;                            // of a block
    static constexpr int kChannels = kChannelsOfThread;                       // C3: output channels of a thread
    static constexpr int kOutputs = kOutputsOfThread;                         // dense: outputs of a thread ...
    static constexpr int kRows = kRowsOfThread;                               // ... for each of so many images
    static constexpr int kC5Ahead = kC5StepsAhead, kF6Ahead = kF6StepsAhead;  // ... with weights so far ahead
    static constexpr int kChannelGroups = kSecond.out.c / kChannels;
    static_assert(kImages % kRows == 0);
};
using Latency = Cut<1, 1, 1, 1, 10, 10>;
using Compact = Cut<4, 2, 2, 2, 4, 5>;     // where a block may have 48 KB of shared memory
using Throughput = Cut<8, 4, 2, 4, 4, 5>;  // 74 KB

// S2: (channel, y, x), rows padded to whole 16-byte loads; an image begins one load's width further in the banks than
// the one before, so that lanes of different images do not collide.
constexpr int kS2Row = 16, kS2Map = kLayers[kS2].out.h * kS2Row;
constexpr int kS2Image = kLayers[kS2].out.c * kS2Map + 4;
constexpr int kS4Image = kLayers[kS4].out.size() + 4;
constexpr int kC5Image = kLayers[kC5].out.size() + 4, kF6Image = kLayers[kF6].out.size() + 4;

// The dense layers use S2's memory: it is no longer needed when they begin.
template <typename C>
struct alignas(16) BlockMemory {
    struct DenseLayers {
        float c5[C::kImages][kC5Image];
        float f6[C::kImages][kF6Image];
        float scores[C::kImages][kClasses];
    };
    union {
        float s2[C::kImages][kS2Image];
        DenseLayers dense;
    };
    float s4[C::kImages][kS4Image];
    float c3_weights[kSecond.in.c][kSide][kSide][kSecond.out.c];  // outputs side by side
    std::uint32_t tiles[C::kImages][kTileBytes / 4];
};

__device__ float tanh(float x) {
    x = fminf(fmaxf(x, -kTanhLimit), kTanhLimit);
    const float t = x * x;
    const float p = fmaf(fmaf(fmaf(fmaf(kTanhP[4], t, kTanhP[3]), t, kTanhP[2]), t, kTanhP[1]), t, kTanhP[0]);
    const float q = fmaf(fmaf(fmaf(kTanhQ[3], t, kTanhQ[2]), t, kTanhQ[1]), t, kTanhQ[0]);
    // n / q rounded correctly, for q in [1, 450]: a reciprocal to 1 ulp, a product, one step of Newton's method.
    const float n = x * p;
    float r;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(q));
    const float y = n * r;
    return fmaf(fmaf(-q, y, n), r, y);
}

__device__ float mean(float a, float b, float c, float d) {
    return (a + b + c + d) * 0.25f;
}

// Byte kByte of a word as the network sees it: 2^23 + b is a float whose last bits are b.
template <int kByte>
__device__ float ink(std::uint32_t word) {
    constexpr std::uint32_t kTwoTo23 = 0x4B000000;
    const float b = __int_as_float(static_cast<int>(__byte_perm(word, kTwoTo23, 0x7650 | kByte & 3))) - 8388608.0f;
    return fmaf(b, kInputScale, kInputBias);
}

// C1, tanh and S2.
template <typename C>
__device__ void convolve_c1(BlockMemory<C>& memory, const C1Parameters& c1) {
    constexpr int kHigh = 2, kWide = 4, kChannels = kFirst.out.c, kAtOnce = kC1AtOnce;
    constexpr int kPerRow = kFirst.out.w / kWide, kPerImage = kFirst.out.h / kHigh * kPerRow;
    for (int task = static_cast<int>(threadIdx.x); task < C::kImages * kPerImage; task += kThreads) {
        const int image = task / kPerImage, y = task % kPerImage / kPerRow, x = task % kPerRow;
        const std::uint32_t* in = memory.tiles[image] + kHigh * y * (kTileSide / 4) + x;
        float v[kHigh + kSide - 1][kWide + kSide - 1];
#pragma unroll
        for (int row = 0; row < kHigh + kSide - 1; ++row) {
            const std::uint32_t left = in[row * (kTileSide / 4)], right = in[row * (kTileSide / 4) + 1];
            v[row][0] = ink<0>(left), v[row][1] = ink<1>(left), v[row][2] = ink<2>(left), v[row][3] = ink<3>(left);
            v[row][4] = ink<0>(right), v[row][5] = ink<1>(right), v[row][6] = ink<2>(right), v[row][7] = ink<3>(right);
        }
        float* out = memory.s2[image] + y * kS2Row + 2 * x;
#pragma unroll 1
        for (int first = 0; first < kChannels; first += kAtOnce, out += kAtOnce * kS2Map) {
            float z[kAtOnce][kHigh][kWide];
#pragma unroll
            for (int c = 0; c < kAtOnce; ++c)
#pragma unroll
                for (int i = 0; i < kHigh * kWide; ++i) z[c][i / kWide][i % kWide] = c1.biases[first + c];
#pragma unroll
            for (int tap = 0; tap < kSide * kSide; ++tap)
#pragma unroll
                for (int c = 0; c < kAtOnce; ++c) {
                    const float weight = c1.weights[first / kAtOnce][tap][c];
#pragma unroll
                    for (int i = 0; i < kHigh * kWide; ++i) {
                        float& sum = z[c][i / kWide][i % kWide];
                        sum = fmaf(v[tap / kSide + i / kWide][tap % kSide + i % kWide], weight, sum);
                    }
                }
#pragma unroll
            for (int c = 0; c < kAtOnce; ++c) {
                const auto pool = [&](int i) {
                    return mean(tanh(z[c][0][i]), tanh(z[c][0][i + 1]), tanh(z[c][1][i]), tanh(z[c][1][i + 1]));
                };
                *reinterpret_cast<float2*>(out + c * kS2Map) = {pool(0), pool(2)};
            }
        }
    }
}

// kCount floats from shared memory, as wide as they lie.
template <int kCount>
__device__ void load(float (&to)[kCount], const float* from) {
    if constexpr (kCount % 4 == 0) {
#pragma unroll
        for (int i = 0; i < kCount; i += 4) {
            const float4 v = *reinterpret_cast<const float4*>(from + i);
            to[i] = v.x, to[i + 1] = v.y, to[i + 2] = v.z, to[i + 3] = v.w;
        }
    } else if constexpr (kCount % 2 == 0) {
#pragma unroll
        for (int i = 0; i < kCount; i += 2) {
            const float2 v = *reinterpret_cast<const float2*>(from + i);
            to[i] = v.x, to[i + 1] = v.y;
        }
    } else {
#pragma unroll
        for (int i = 0; i < kCount; ++i) to[i] = from[i];
    }
}

// C3, tanh and S4. One row of the kernel at a time: unrolled further, the loop outgrows the instruction cache, and all
// takes a third longer.
template <typename C>
__device__ void convolve_c3(BlockMemory<C>& memory, const float* biases) {
    constexpr int kWide = kSecond.out.w, kWindows = kWide / 2, kChannels = C::kChannels;
    constexpr int kTasks = C::kImages * C::kChannelGroups * kWindows;
    static_assert(kTasks <= kThreads);
    const int task = static_cast<int>(threadIdx.x);
    if (task >= kTasks) return;
    const int image = task % C::kImages, first = task / C::kImages % C::kChannelGroups * kChannels;
    const int y = task / (C::kImages * C::kChannelGroups);

    float z[kChannels][2][kWide];
#pragma unroll
    for (int c = 0; c < kChannels; ++c)
#pragma unroll
        for (int i = 0; i < 2 * kWide; ++i) z[c][i / kWide][i % kWide] = biases[first + c];
#pragma unroll 1
    for (int tap_row = 0; tap_row < kSecond.in.c * kSide; ++tap_row) {
        const int channel = tap_row / kSide, ky = tap_row % kSide;
        const float* in = memory.s2[image] + channel * kS2Map + (2 * y + ky) * kS2Row;
        float rows[2][kS2Row];
        load(rows[0], in);
        load(rows[1], in + kS2Row);
#pragma unroll
        for (int kx = 0; kx < kSide; ++kx) {
            float weights[kChannels];
            load(weights, &memory.c3_weights[channel][ky][kx][first]);
#pragma unroll
            for (int c = 0; c < kChannels; ++c)
#pragma unroll
                for (int i = 0; i < 2 * kWide; ++i) {
                    float& sum = z[c][i / kWide][i % kWide];
                    sum = fmaf(rows[i / kWide][i % kWide + kx], weights[c], sum);
                }
        }
    }
    float* out = memory.s4[image] + y * kWindows;
#pragma unroll
    for (int c = 0; c < kChannels; ++c)
#pragma unroll
        for (int x = 0; x < kWindows; ++x)
            out[(first + c) * kWindows * kWindows + x] =
                mean(tanh(z[c][0][2 * x]), tanh(z[c][0][2 * x + 1]), tanh(z[c][1][2 * x]), tanh(z[c][1][2 * x + 1]));
}

// A load that stays where it is written: the compiler would begin it during C3, which has no registers left.
__device__ float4 load_global_here(const float4* from) {
    float4 v;
    asm volatile("ld.global.nc.v4.f32 {%0,%1,%2,%3}, [%4];" : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w) : "l"(from));
    return v;
}

// out(image, output) = in(image, input) weights(output, input) + bias, with tanh where the layer has it. Begins with
// the barrier that `in` needs: the first weights are on their way before it, and always some steps ahead of their use.
template <typename C, int kOutputs, int kRows, int kAhead, int kLayer, int kInImage, int kOutImage>
__device__ void dense(float (&out)[C::kImages][kOutImage], const float (&in)[C::kImages][kInImage],
                      const float* __restrict__ weights, const float* __restrict__ biases) {
    constexpr Layer kDense = kLayers[kLayer];
    constexpr int kSteps = kDense.in.size() / 4, kAll = kDense.out.c;  // a step: four inputs
    constexpr int kColumns = kAll / kOutputs;                          // outputs of a thread lie so far from each other
    static_assert(kAll % kOutputs == 0 && kSteps % kAhead == 0 && C::kImages % kRows == 0);
    constexpr int kTasks = kColumns * (C::kImages / kRows);
    static_assert(kTasks <= kThreads);
    const int task = min(static_cast<int>(threadIdx.x), kTasks - 1);
    const int column = task % kColumns, first = task / kColumns * kRows;

    const float4* from = reinterpret_cast<const float4*>(weights) + column;
    using Ahead = float4[kAhead][kOutputs];
    constexpr int kLast = kSteps - kAhead;
    const auto fetch_weights = [from](Ahead& to, int step) {  // beyond the end: the last ones, for nothing
        const float4* at = from + min(step, kLast) * kAll;
#pragma unroll
        for (int i = 0; i < kAhead; ++i)
#pragma unroll
            for (int o = 0; o < kOutputs; ++o) to[i][o] = load_global_here(at + i * kAll + o * kColumns);
    };
    float z[kRows][kOutputs];
#pragma unroll
    for (int r = 0; r < kRows; ++r)
#pragma unroll
        for (int o = 0; o < kOutputs; ++o) z[r][o] = biases[column + o * kColumns];
    const auto multiply = [&](const Ahead& w, int step) {
#pragma unroll
        for (int i = 0; i < kAhead; ++i)
#pragma unroll
            for (int r = 0; r < kRows; ++r) {
                const float4 x = *reinterpret_cast<const float4*>(&in[first + r][4 * (step + i)]);
#pragma unroll
                for (int o = 0; o < kOutputs; ++o) {
                    const float4 v = w[i][o];
                    z[r][o] = fmaf(x.w, v.w, fmaf(x.z, v.z, fmaf(x.y, v.y, fmaf(x.x, v.x, z[r][o]))));
                }
            }
    };
    Ahead even, odd;
    fetch_weights(even, 0);
    __syncthreads();
    if (threadIdx.x >= kTasks) return;
#pragma unroll 1
    for (int step = 0; step < kSteps; step += 2 * kAhead) {
        fetch_weights(odd, step + kAhead);
        multiply(even, step);
        if (step == kLast) break;
        fetch_weights(even, step + 2 * kAhead);
        multiply(odd, step + kAhead);
    }
#pragma unroll
    for (int r = 0; r < kRows; ++r)
#pragma unroll
        for (int o = 0; o < kOutputs; ++o)
            out[first + r][column + o * kColumns] = kDense.tanh ? tanh(z[r][o]) : z[r][o];
}

// Starts the copy of a group's tiles, those that there are.
template <typename C>
__device__ void fetch(BlockMemory<C>& memory, const ForwardBatch& batch, std::int64_t group) {
    constexpr int kPiece = 16, kPerImage = kTileBytes / kPiece;
    const std::int64_t left = batch.n - group * C::kImages;
    const int pieces = static_cast<int>(max(std::int64_t{0}, min(left, std::int64_t{C::kImages}))) * kPerImage;
    const std::uint8_t* from = batch.tiles + group * C::kImages * kTileBytes;
    for (int i = static_cast<int>(threadIdx.x); i < pieces; i += kThreads)
        copy_async(memory.tiles[0] + i * (kPiece / 4), from + i * kPiece);
    copies_commit();
}

template <typename C>
__global__ void __launch_bounds__(kThreads, 3)
    lenet5_fp32_forward_kernel(const ForwardBatch batch, const __grid_constant__ C1Parameters c1,
                               const Weights* weights) {
    extern __shared__ uint4 shared[];
    auto& memory = *reinterpret_cast<BlockMemory<C>*>(shared);
    const std::int64_t groups = ceil_div(batch.n, static_cast<std::int64_t>(C::kImages));
    const int thread = static_cast<int>(threadIdx.x);

    fetch(memory, batch, blockIdx.x);
    constexpr int kC3Weights = static_cast<int>(sizeof(Weights::c3) / sizeof(float));
    for (int i = thread; i < kC3Weights; i += kThreads) memory.c3_weights[0][0][0][i] = (&weights->c3[0][0][0][0])[i];

    for (std::int64_t group = blockIdx.x; group < groups; group += gridDim.x) {
        copies_wait<0>();
        __syncthreads();
        // What is the same for every group is not worth a register for the whole of the loop: hide that it is the same.
        asm volatile("" : "+l"(weights));
        convolve_c1(memory, c1);
        __syncthreads();
        fetch(memory, batch, group + gridDim.x);
        convolve_c3(memory, weights->c3_biases);
        auto& layers = memory.dense;
        dense<C, C::kOutputs, C::kRows, C::kC5Ahead, kC5>(layers.c5, memory.s4, weights->c5, weights->c5_biases);
        dense<C, C::kOutputs, C::kRows, C::kF6Ahead, kF6>(layers.f6, layers.c5, weights->f6, weights->f6_biases);
        dense<C, 1, 1, 7, kOutput>(layers.scores, layers.f6, weights->output, weights->output_biases);
        __syncthreads();

        const std::int64_t first = group * C::kImages;
        const int images = static_cast<int>(min(std::int64_t{C::kImages}, batch.n - first));
        for (int i = thread; i < images * kClasses; i += kThreads)
            batch.scores[first * kClasses + i] = layers.scores[0][i];
        if (batch.top && thread < images) rank(batch.top + (first + thread) * batch.k, layers.scores[thread], batch.k);
    }
}

// How many blocks of a cut run at a time on the current device; 0: none, their shared memory is more than it has.
template <typename C>
int resident_blocks(int multiprocessors, std::size_t shared_limit) {
    constexpr int kBytes = sizeof(BlockMemory<C>);
    if (kBytes > shared_limit) return 0;
    CUDA_CHECK(
        cudaFuncSetAttribute(lenet5_fp32_forward_kernel<C>, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes));
    int blocks = 0;
    CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, lenet5_fp32_forward_kernel<C>, kThreads, kBytes));
    return blocks * multiprocessors;
}

template <typename C>
void launch(const ForwardBatch& batch, const C1Parameters& c1, const Weights* weights, int resident,
            cudaStream_t stream) {
    const std::int64_t groups = ceil_div(batch.n, static_cast<std::int64_t>(C::kImages));
    const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(groups, resident));
    lenet5_fp32_forward_kernel<C><<<blocks, kThreads, sizeof(BlockMemory<C>), stream>>>(batch, c1, weights);
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace
}  // namespace fp32

struct ForwardFp32::Packed {
    fp32::C1Parameters c1;
    DeviceMemory<fp32::Weights> weights;
    int latency_blocks = 0, compact_blocks = 0, throughput_blocks = 0;  // resident at a time
};

ForwardFp32::ForwardFp32(const float* parameters, std::size_t most_shared_bytes) : packed_(std::make_unique<Packed>()) {
    const auto weights = std::make_unique<fp32::Weights>();
    fp32::pack(*weights, packed_->c1, parameters);
    packed_->weights = to_device(weights.get(), 1);
    int device = 0, multiprocessors = 0, allowed_bytes = 0;
    CUDA_CHECK(cudaGetDevice(&device));
    CUDA_CHECK(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
    CUDA_CHECK(cudaDeviceGetAttribute(&allowed_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
    const std::size_t shared_limit = std::min(most_shared_bytes, static_cast<std::size_t>(allowed_bytes));
    packed_->latency_blocks = fp32::resident_blocks<fp32::Latency>(multiprocessors, shared_limit);
    packed_->compact_blocks = fp32::resident_blocks<fp32::Compact>(multiprocessors, shared_limit);
    packed_->throughput_blocks = fp32::resident_blocks<fp32::Throughput>(multiprocessors, shared_limit);
}

ForwardFp32::ForwardFp32(ForwardFp32&&) noexcept = default;
ForwardFp32& ForwardFp32::operator=(ForwardFp32&&) noexcept = default;
ForwardFp32::~ForwardFp32() = default;

void ForwardFp32::forward(const ForwardBatch& batch, CUstream_st* stream) const {
    if (batch.n == 0) return;
    const fp32::Weights* weights = packed_->weights.get();
    if (batch.n <= packed_->latency_blocks)
        fp32::launch<fp32::Latency>(batch, packed_->c1, weights, packed_->latency_blocks, stream);
    else if (packed_->throughput_blocks > 0)
        fp32::launch<fp32::Throughput>(batch, packed_->c1, weights, packed_->throughput_blocks, stream);
    else
        fp32::launch<fp32::Compact>(batch, packed_->c1, weights, packed_->compact_blocks, stream);
}

}  // namespace chiffre::cuda
