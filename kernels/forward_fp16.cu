// forward_fp16.cu -- LeNet-5 on the tensor cores, tiles to scores in one launch.
//
// Who does what. A block is three teams of four warps. A team takes a group of up to 16 images. Each pair of its warps
// carries a half of them, two at a time, through C1, S2, C3 and S4: the two warps share the windows of C1 and the
// channels of C3, so that all weights of both convolutions stay in their registers (36 + 48 a lane) for the life of the
// block. No barrier is wider than a pair there, so at any moment some warps keep the tensor cores busy and others the
// special function units. Then the team's warps share the columns of C5, F6 and the output for the 16 images at once,
// because 16 is the number of rows of a matrix instruction; those weights are in shared memory too where a block may
// have so much of it (227 KB in all), else in cache. GPUs that allow a block less than 105 KB get blocks of two teams
// or one.
//
// Convolutions as matrix products. The usual im2col reads each input value 25 times. Here an M row is a window that
// yields several outputs, which stand side by side in N (a Toeplitz matrix: zeros where a tap falls outside a kernel):
//   C1  8 x 6 bytes in, 4 x 2 outputs of 6 channels: K = 48, N = 48, none of it padding. Rows g and g + 8 of an M tile
//       are windows above each other, two image rows apart.
//   C3  5 x 6 values of 6 channels in, 2 outputs (above each other) of 16 channels: K = 180 of 192, N = 32. Rows g and
//       g + 8 are neighbours in x.
// In both, the four outputs of a pooling window fall into registers of one lane: tanh and mean need no exchange.
//
// Numbers. Sixteen bits are spent as fixed point, not as half floats: no factor here is larger than a few, and of a
// half's sixteen bits five are its exponent. Each of the twelve places where a half would be rounded or tanh.approx
// used moves a logit by 0.002 to 0.014; together 0.03. A number is 256 high + low. C1 multiplies the tile's bytes with
// weights, as two products of 8-bit integers; all other layers multiply high by high, high by low and low by high bytes
// (fp16_weights.h). tanh comes from 2^x and a reciprocal that two of them share (fp16_numbers.cuh). The weights that an
// output has for one map are rounded together, because neighbours in a map are alike.
//
// What binds on an H200, per image and multiprocessor: 355 matrix instructions, 4 cycles each at best on one of four
// tensor cores; 6,508 tanh at 16 a cycle; about 2,000 instructions at 4 a cycle: each a third to two fifths of the time
// that passes. It passes with single warps waiting for their own results; docs/performance.md has the measurements.
#include <algorithm>
#include <iterator>
#include <type_traits>

#include "device.cuh"
#include "forward.h"
#include "fp16_convolutions.cuh"
#include "fp16_dense.cuh"
#include "fp16_layout.cuh"
#include "fp16_weights.h"
#include "mma.cuh"

namespace chiffre::cuda {
namespace fp16 {
namespace {

// Barriers of a team and of a pair of warps; 0 is the whole block's.
constexpr int kMostTeams = 3, kFirstPairBarrier = 1 + kMostTeams;
__device__ void team_barrier(int team) {
    asm volatile("bar.sync %0, %1;" ::"r"(1 + team), "n"(kTeamThreads) : "memory");
}
__device__ void pair_barrier(int team, int pair) {
    asm volatile("bar.sync %0, %1;" ::"r"(kFirstPairBarrier + team * kPairs + pair), "n"(2 * kLanes) : "memory");
}

// All teams wait once for the weights that all of them copy; one that has nothing to do only says that its part is
// there.
constexpr int kWeightsBarrier = 15;
template <int kThreads>
__device__ void weights_barrier() {
    asm volatile("bar.sync %0, %1;" ::"n"(kWeightsBarrier), "n"(kThreads) : "memory");
}
template <int kThreads>
__device__ void weights_arrived() {
    asm volatile("bar.arrive %0, %1;" ::"n"(kWeightsBarrier), "n"(kThreads) : "memory");
}

// Starts the copy of `images` tiles, 16 bytes a lane at a time.
__device__ void fetch(PairMemory& memory, const std::uint8_t* tiles, int images, Lane lane) {
    constexpr int kPieces = kTileBytes / 16;
    for (int i = lane.lane + lane.half * kLanes; i < images * kPieces; i += 2 * kLanes)
        copy_async(memory.tiles + 4 * i, tiles + 16 * i);
    copies_commit();
}

// The images of one pair of warps, pass by pass, group by group.
struct Passes {
    std::int64_t n, group, groups;  // images, index of the group, number of groups
    int step, images_per_group, share, pair, pass;

    __device__ std::int64_t first() const { return group * images_per_group + pair * share + pass; }
    __device__ int images() const {
        const std::int64_t left = n - first();
        return static_cast<int>(max(std::int64_t{0}, min(left, static_cast<std::int64_t>(min(kPass, share - pass)))));
    }
    __device__ void next() {
        pass += kPass;
        if (pass < share) return;
        pass = 0;
        group += step;
    }
};

template <int kTeams, bool kWeightsInShared, bool kWide>
__global__ void __launch_bounds__(kTeams* kTeamThreads, 1)
    lenet5_fp16_forward_kernel(const ForwardBatch batch, const Weights* __restrict__ weights,
                               const int images_per_group) {
    constexpr int kThreads = kTeams * kTeamThreads;
    extern __shared__ uint4 shared[];
    using Memory = std::conditional_t<kWeightsInShared, BlockMemoryWithWeights<kTeams>, BlockMemory<kTeams>>;
    Memory& block = *reinterpret_cast<Memory*>(shared);
    const int warp_of_block = threadIdx.x / kLanes, team = warp_of_block / kTeamWarps;
    const int warp = warp_of_block % kTeamWarps, pair = warp / 2;
    const Lane lane{static_cast<int>(threadIdx.x % kLanes), static_cast<int>(threadIdx.x % kLanes / 4),
                    static_cast<int>(threadIdx.x % 4), warp % 2};
    TeamMemory& memory = block.teams[team];
    PairMemory& own = memory.pairs[pair];

    // Teams of different blocks come first: a small batch spreads over all multiprocessors.
    Passes passes{.n = batch.n,
                  .group = blockIdx.x + static_cast<std::int64_t>(team) * gridDim.x,
                  .groups = ceil_div(batch.n, static_cast<std::int64_t>(images_per_group)),
                  .step = static_cast<int>(gridDim.x) * kTeams,
                  .images_per_group = images_per_group,
                  .share = images_per_group / kPairs,
                  .pair = pair,
                  .pass = 0};
    fetch(own, batch.tiles + passes.first() * kTileBytes, passes.images(), lane);
    if constexpr (kWeightsInShared) {
        const auto* from = reinterpret_cast<const uint4*>(&weights->dense);
        auto* to = reinterpret_cast<uint4*>(&block.dense);
        for (int i = static_cast<int>(threadIdx.x); i < static_cast<int>(sizeof(Weights::Dense) / 16); i += kThreads)
            copy_async(to + i, from + i);
    }
    copies_commit();
    const ConvolutionWeights convolutions = load_convolutions(weights, lane);
    const Weights::Dense* dense_weights = &weights->dense;
    if constexpr (kWeightsInShared) dense_weights = &block.dense;

    fill_places(block.places, kThreads);
    bool weights_wait = kWeightsInShared;
    copies_wait<1>();  // the first tiles are there, the weights may still be under way
    __syncthreads();
    while (passes.group < passes.groups) {
        const std::int64_t group = passes.group;
        while (passes.group == group) {
            const int images = passes.images();
            const int first_image = pair * passes.share + passes.pass;
            convolve_c1<kWide>(own, convolutions, block.places.c1, images, lane);
            pair_barrier(team, pair);
            passes.next();
            fetch(own, batch.tiles + passes.first() * kTileBytes, passes.group < passes.groups ? passes.images() : 0,
                  lane);
            convolve_c3<kWide>(memory.s4, first_image, own, convolutions, block.places.c3, images, lane);
            copies_wait<0>();
            pair_barrier(team, pair);
        }
        if (weights_wait) {
            weights_barrier<kThreads>();
            weights_wait = false;
        }
        team_barrier(team);
        dense_tanh(memory.c5, memory.s4, dense_weights->c5, warp, lane);
        team_barrier(team);
        dense_tanh(memory.f6, memory.c5, dense_weights->f6, warp, lane);
        team_barrier(team);
        if (warp == 0) {
            const std::int64_t first = group * images_per_group;
            const auto left = static_cast<int>(min(batch.n - first, static_cast<std::int64_t>(images_per_group)));
            output(batch, first, left, memory, *dense_weights, lane);
        }
    }
    if (weights_wait) {  // a team without a group: the others wait for its part of the weights
        copies_wait<0>();
        weights_arrived<kThreads>();
    }
}

}  // namespace
}  // namespace fp16

struct ForwardFp16::Packed {
    // A kernel and what it is launched with: as many teams as the GPU's shared memory has room for.
    struct Choice {
        void (*kernel)(ForwardBatch, const fp16::Weights*, int);
        int teams;
        std::size_t shared_bytes;
    };
    DeviceMemory<fp16::Weights> weights;
    Choice choice{};
    int multiprocessors = 0;
};

ForwardFp16::ForwardFp16(const float* parameters, std::size_t most_shared_bytes) : packed_(std::make_unique<Packed>()) {
    using namespace fp16;
    const auto weights = std::make_unique<Weights>();
    pack(*weights, parameters);
    packed_->weights = to_device(weights.get(), 1);
    int device = 0, allowed_bytes = 0;
    CUDA_CHECK(cudaGetDevice(&device));
    CUDA_CHECK(cudaDeviceGetAttribute(&packed_->multiprocessors, cudaDevAttrMultiProcessorCount, device));
    CUDA_CHECK(cudaDeviceGetAttribute(&allowed_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
    const std::size_t shared_bytes = std::min(most_shared_bytes, static_cast<std::size_t>(allowed_bytes));
    const Packed::Choice choices[] = {
        {lenet5_fp16_forward_kernel<3, true, false>, 3, sizeof(BlockMemoryWithWeights<3>)},
        {lenet5_fp16_forward_kernel<3, false, false>, 3, sizeof(BlockMemory<3>)},
        {lenet5_fp16_forward_kernel<2, false, false>, 2, sizeof(BlockMemory<2>)},
        {lenet5_fp16_forward_kernel<1, false, false>, 1, sizeof(BlockMemory<1>)},
        // For weights such as no training gives: right, not fast.
        {lenet5_fp16_forward_kernel<1, false, true>, 1, sizeof(BlockMemory<1>)},
    };
    const Packed::Choice* choice = weights->wide ? std::end(choices) - 1 : choices;
    while (choice + 2 < std::end(choices) && choice->shared_bytes > shared_bytes) ++choice;
    packed_->choice = *choice;
    CUDA_CHECK(cudaFuncSetAttribute(choice->kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(choice->shared_bytes)));
}

ForwardFp16::ForwardFp16(ForwardFp16&&) noexcept = default;
ForwardFp16& ForwardFp16::operator=(ForwardFp16&&) noexcept = default;
ForwardFp16::~ForwardFp16() = default;

void ForwardFp16::forward(const ForwardBatch& batch, CUstream_st* stream) const {
    using namespace fp16;
    if (batch.n == 0) return;
    const Packed::Choice& choice = packed_->choice;
    // Few images: fewer for each team, so that more teams share the work.
    const std::int64_t teams = static_cast<std::int64_t>(packed_->multiprocessors) * choice.teams;
    int images_per_group = kGroup;
    while (images_per_group > kPairs * kPass && batch.n <= images_per_group / 2 * teams) images_per_group /= 2;
    const std::int64_t groups = ceil_div(batch.n, static_cast<std::int64_t>(images_per_group));
    const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(groups, packed_->multiprocessors));
    choice.kernel<<<blocks, static_cast<unsigned>(choice.teams * kTeamThreads), choice.shared_bytes, stream>>>(
        batch, packed_->weights.get(), images_per_group);
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace chiffre::cuda
