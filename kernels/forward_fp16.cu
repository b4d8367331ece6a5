// forward_fp16.cu -- LeNet-5 on the tensor cores, tiles to scores in one launch.
//
// Who does what. A block is three teams of four warps. A team takes a group of up to 16 images. Each pair of its warps
// carries a half of them, two at a time, through C1, S2, C3 and S4: the two warps share the windows of C1 and the
// channels of C3, so that all weights of both convolutions stay in their registers (36 + 48 a lane) for the life of the
// block. No barrier is wider than a pair there, so at any moment some warps keep the tensor cores busy and others the
// special function units. Then the team's warps share the columns of C5, F6 and the output for the 16 images at once,
// because 16 is the number of rows of a matrix instruction; those weights are in shared memory where a block may have
// enough of it (122 KB for them, 226 KB in all), else in cache.
//
// Convolutions as matrix products. The usual im2col reads each input value 25 times. Here an M row is a window that
// yields several outputs, which stand side by side in N (a Toeplitz matrix: zeros where a tap falls outside a kernel):
//   C1  8 x 6 bytes in, 4 x 2 outputs of 6 channels: K = 48, N = 48, none of it padding. Rows g and g + 8 of an M tile
//       are windows above each other, two image rows apart.
//   C3  5 x 6 values of 6 channels in, 2 outputs (above each other) of 16 channels: K = 180 of 192, N = 32. Rows g and
//       g + 8 are neighbours in x. The bias sits in the padding of K.
// In both, the four outputs of a pooling window fall into registers of one lane: tanh and mean need no exchange.
//
// Numbers. C1 multiplies the tile's bytes as they are with weights in 16-bit fixed point, as two products with 8-bit
// integers, exactly: in fp16 these weights alone would err more than all the rest, because uniform areas add their
// errors up 25 times. All else has factors in fp16, rounded together (fp16_weights.cu), and sums in fp32.
//
// What binds, per image and multiprocessor: 355 matrix instructions of 4 cycles and a quarter at best (156 of C1, 168
// of C3, 31 dense), 6,508 tanh at 16 a cycle, about 2,000 instructions at 4 a cycle: each a third of the time that
// passes. It passes with single warps waiting for their own results; docs/performance.md has the arithmetic and
// measurements.
#include <type_traits>

#include "device.cuh"
#include "forward.h"
#include "fp16_weights.h"
#include "mma.cuh"
#include "ranking.cuh"
#include "tile.h"

namespace chiffre::cuda {
namespace fp16 {
namespace {

constexpr int kTeams = 3, kTeamWarps = 4, kPairs = kTeamWarps / 2;
constexpr int kTeamThreads = kTeamWarps * kLanes;
constexpr int kThreads = kTeams * kTeamThreads;
constexpr int kGroup = 16;  // images of a team
constexpr int kPass = 2;    // images that a pair of warps carries at a time
constexpr int kTileWords = kTileBytes / 4, kRowWords = kTileSide / 4;

// S2 of an image: (channel, pair of rows, column), each word the two values above each other, as sums of four. Of all
// paddings of a channel up to 32 words, five make the lanes of C1's stores and C3's loads meet least in the banks.
constexpr int kS2Pairs = kLayers[kS2].out.h / 2, kS2Columns = kLayers[kS2].out.w;
constexpr int kS2Channel = kS2Pairs * kS2Columns + 5;
constexpr int kS2Image = kLayers[kS2].out.c * kS2Channel;

// Rows of the dense layers' operands are padded by 16 bytes: the eight rows that a matrix load reads together lie in
// different banks.
constexpr int kS4Row = kLayers[kS4].out.size() + 8, kC5Row = 16 * kF6Steps + 8, kF6Row = 16 * kOutSteps + 8;

constexpr int kC1PairsX = kLayers[kS2].out.w / 2;                    // windows side by side
constexpr int kC1Pairs = kS2Pairs * kC1PairsX;                       // of windows above each other, in an image: 49
constexpr int kC3Windows = kLayers[kS4].out.h * kLayers[kS4].out.w;  // 25
constexpr int kRows = 8;  // that an M tile takes of these: its other 8 are neighbours

struct alignas(16) PairMemory {
    std::uint32_t tiles[kPass * kTileWords];
    std::uint32_t s2[kPass * kS2Image];
};
struct alignas(16) TeamMemory {
    PairMemory pairs[kPairs];
    __half s4[kGroup][kS4Row];
    __half c5[kGroup][kC5Row];
    __half f6[kGroup][kF6Row];
};

// Where the windows of a pass lie, counted image by image: in words of the tiles or of S2, and where their outputs go,
// in words of S2 or halves of S4. A table, because divisions by 7 and 5 for every turn of the loops cost a tenth of all
// time. It has entries for the turn after the last.
struct Place {
    std::uint16_t in, out;
};
constexpr int kC1Places = ceil_div(kPass * kC1Pairs, kRows) * kRows + 2 * kRows;
constexpr int kC3Places = ceil_div(kPass * kC3Windows, kRows) * kRows + kRows;

struct alignas(16) BlockMemory {
    TeamMemory teams[kTeams];
    Place c1[kC1Places], c3[kC3Places];
};
struct alignas(16) BlockMemoryWithWeights : BlockMemory {
    Weights::Dense dense;
};

// half: which of its pair the warp is.
struct Lane {
    int lane, g, t, half;
};

__device__ void fill_places(BlockMemory& block) {
    for (int i = static_cast<int>(threadIdx.x); i < kC1Places; i += kThreads) {
        const int pair = min(i, kPass * kC1Pairs - 1), image = pair / kC1Pairs, in_image = pair % kC1Pairs;
        const int y = in_image / kC1PairsX, x = in_image % kC1PairsX;
        block.c1[i].in = static_cast<std::uint16_t>(image * kTileWords + 4 * kRowWords * y + x);
        block.c1[i].out = static_cast<std::uint16_t>(image * kS2Image + 2 * in_image);
    }
    for (int i = static_cast<int>(threadIdx.x); i < kC3Places; i += kThreads) {
        const int window = min(i, kPass * kC3Windows - 1), image = window / kC3Windows, in_image = window % kC3Windows;
        const int y = in_image / kLayers[kS4].out.w, x = in_image % kLayers[kS4].out.w;
        block.c3[i].in = static_cast<std::uint16_t>(image * kS2Image + y * kS2Columns + 2 * x);
        block.c3[i].out = static_cast<std::uint16_t>(image * kS4Row + in_image * kLayers[kS4].out.c);
    }
}

// What a lane keeps of the convolutions for the life of the kernel.
struct ConvolutionWeights {
    std::uint32_t c1_high[kC1Tiles][kC1Registers], c1_low[kC1Tiles][kC1Registers];
    std::uint32_t c3[kC3Steps][kC3Tiles / 2][2];  // of its warp's half of the channels
    float high_scale, low_scale, offset[kC1Tiles / 2];
};

__device__ ConvolutionWeights load_convolutions(const Weights* weights, Lane lane) {
    ConvolutionWeights w;
#pragma unroll
    for (int tile = 0; tile < kC1Tiles; ++tile)
#pragma unroll
        for (int r = 0; r < kC1Registers; ++r) {
            w.c1_high[tile][r] = weights->c1_high[tile][r][lane.lane];
            w.c1_low[tile][r] = weights->c1_low[tile][r][lane.lane];
        }
#pragma unroll
    for (int step = 0; step < kC3Steps; ++step)
#pragma unroll
        for (int tile = 0; tile < kC3Tiles / 2; ++tile)
#pragma unroll
            for (int r = 0; r < 2; ++r)
                w.c3[step][tile][r] = weights->c3[step][kC3Tiles / 2 * lane.half + tile][r][lane.lane];
    w.high_scale = weights->c1_high_scale;
    w.low_scale = weights->c1_low_scale;
#pragma unroll
    for (int j = 0; j < kC1Tiles / 2; ++j) w.offset[j] = weights->c1_offset[2 * j + lane.t / 2];
    return w;
}

__device__ std::uint32_t bits(__half2 pair) {
    return *reinterpret_cast<std::uint32_t*>(&pair);
}

__device__ float sum_of_tanh(float a, float b, float c, float d) {
    return (tanh_approx(a) + tanh_approx(b)) + (tanh_approx(c) + tanh_approx(d));
}

// Four outputs of C1 (of rows g where kRow is 0, g + 8 where it is 2) -> their value in S2.
template <int kRow>
__device__ float pool_c1(const int (&high)[2][4], const int (&low)[2][4], const ConvolutionWeights& w, float offset) {
    const auto z = [&](int y, int x) {
        const float fine = fmaf(__int_as_float(low[y][kRow + x]), w.low_scale, offset);
        return fmaf(__int_as_float(high[y][kRow + x]), w.high_scale, fine);
    };
    return sum_of_tanh(z(0, 0), z(0, 1), z(1, 0), z(1, 1));
}

// A word of shared memory in a register of its own, even where another load reads the same word.
__device__ std::uint32_t load_again(const std::uint32_t* word) {
    std::uint32_t value;
    asm volatile("ld.volatile.shared.u32 %0, [%1];"
                 : "=r"(value)
                 : "r"(static_cast<std::uint32_t>(__cvta_generic_to_shared(word)))
                 : "memory");
    return value;
}

// The bytes of C1's windows g and g + 8, as the matrix instructions want them: in neighbouring registers, so the two
// rows of the tile that both windows see are loaded twice rather than moved about.
struct C1Windows {
    std::uint32_t k32[4], k16[2];

    __device__ explicit C1Windows(const std::uint32_t* in) {
        const auto rows = [in](int i) { return load_again(in + 2 * kRowWords * i); };
        k32[0] = rows(0), k32[1] = rows(1), k32[2] = rows(1), k32[3] = rows(2);
        k16[0] = rows(2), k16[1] = rows(3);
    }
};

// C1, tanh and S2 of `images` tiles.
__device__ void convolve_c1(PairMemory& memory, const ConvolutionWeights& w, const Place (&places)[kC1Places],
                            int images, Lane lane) {
    const int pairs = images * kC1Pairs;
    const std::uint32_t* corner = memory.tiles + lane.t / 2 * kRowWords + lane.t % 2;
    std::uint32_t* out = memory.s2 + lane.t / 2 * kS2Channel + lane.t % 2;
    const int first = lane.g + kRows * lane.half;
    Place next = places[first];
    C1Windows windows(corner + next.in);
#pragma unroll 1
    for (int pair = first; pair - lane.g < pairs; pair += 2 * kRows) {
        const Place place = next;
        next = places[pair + 2 * kRows];
        const C1Windows x = windows;
        std::uint32_t pooled[kC1Tiles / 2];
#pragma unroll
        for (int j = 0; j < kC1Tiles / 2; ++j) {
            int high[2][4], low[2][4];
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                const auto& hi = w.c1_high[2 * j + i];
                const auto& lo = w.c1_low[2 * j + i];
                mma_u8s8_k32(high[i], x.k32[0], x.k32[1], x.k32[2], x.k32[3], hi[0], hi[1], kMagicBits);
                mma_u8s8_k32(low[i], x.k32[0], x.k32[1], x.k32[2], x.k32[3], lo[0], lo[1], kMagicBits);
                mma_u8s8_k16(high[i], x.k16[0], x.k16[1], hi[2]);
                mma_u8s8_k16(low[i], x.k16[0], x.k16[1], lo[2]);
            }
            if (j == kC1Tiles / 2 - 1) windows = C1Windows(corner + next.in);  // of the next turn
            pooled[j] =
                bits(__floats2half2_rn(pool_c1<0>(high, low, w, w.offset[j]), pool_c1<2>(high, low, w, w.offset[j])));
        }
        if (pair < pairs) {
#pragma unroll
            for (int j = 0; j < kC1Tiles / 2; ++j) out[2 * j * kS2Channel + place.out] = pooled[j];
        }
    }
}

// C3, tanh and S4 of `images` images; their rows of S4 begin at `s4`.
__device__ void convolve_c3(__half* s4, const PairMemory& memory, const ConvolutionWeights& w,
                            const Place (&places)[kC3Places], int images, Lane lane) {
    const int windows = images * kC3Windows;
    constexpr std::uint32_t kOnes = 0x3C003C00;  // what the bias is multiplied by
    const std::uint32_t* columns = memory.s2 + lane.t;
    const std::uint32_t* fifths = memory.s2 + lane.t * kS2Channel + 4;
    const std::uint32_t* last_fifths = memory.s2 + (4 + lane.t % 2) * kS2Channel + 4;
    const int lower = lane.t / 2 * kS2Columns;
    constexpr int kTiles = kC3Tiles / 2;  // the warp's half of the channels
    s4 += 4 * lane.t + kTiles * lane.half;

    Place next = places[lane.g];
#pragma unroll 1
    for (int window = lane.g; window - lane.g < windows; window += kRows) {
        const Place place = next;
        next = places[window + kRows];
        const auto at = [&](int quad) -> const std::uint32_t* {
            if (quad < 18) return columns + place.in + quad / 3 * kS2Channel + quad % 3 * kS2Columns;
            if (quad < 21) return fifths + place.in + (quad - 18) * kS2Columns;
            if (quad == 21) return last_fifths + place.in + lower;
            return last_fifths + place.in + 2 * kS2Columns;
        };
        float sums[kTiles][4] = {};
#pragma unroll
        for (int step = 0; step < kC3Steps; ++step) {
            std::uint32_t a[4];
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const int quad = 2 * step + half;
                a[2 * half] = quad == kC3BiasQuad ? kOnes : at(quad)[0];
                a[2 * half + 1] = quad == kC3BiasQuad ? kOnes : at(quad)[1];
            }
#pragma unroll
            for (int tile = 0; tile < kTiles; ++tile)
                mma_f16(sums[tile], a[0], a[1], a[2], a[3], w.c3[step][tile][0], w.c3[step][tile][1]);
        }
        const auto pooled = [&sums](int tile) {
            return sum_of_tanh(sums[tile][0], sums[tile][1], sums[tile][2], sums[tile][3]);
        };
        static_assert(kTiles == 2);
        const __half2 channels = __floats2half2_rn(pooled(0), pooled(1));
        if (window < windows) *reinterpret_cast<__half2*>(s4 + place.out) = channels;
    }
}

// kCount of the N tiles of a dense layer, from `first` on: sums += in(16, K) x weights. Tiles beyond the layer's are
// computed from its last one and thrown away by the caller.
template <int kSteps, int kTiles, int kCount, int kRow>
__device__ void dense(float (&sums)[kCount][4], const __half (&in)[kGroup][kRow],
                      const std::uint32_t (&weights)[kSteps][kTiles][kLanes][2], int first, Lane lane) {
    const __half* row = &in[lane.lane % 16][lane.lane / 16 * 8];
#pragma unroll 5
    for (int step = 0; step < kSteps; ++step) {
        std::uint32_t a[4];
        load_matrix(a, row + 16 * step);
#pragma unroll
        for (int i = 0; i < kCount; ++i) {
            const uint2 b = *reinterpret_cast<const uint2*>(weights[step][min(first + i, kTiles - 1)][lane.lane]);
            mma_f16(sums[i], a[0], a[1], a[2], a[3], b.x, b.y);
        }
    }
}

// A warp's share of a dense layer with tanh.
template <int kSteps, int kTiles, int kInRow, int kOutRow>
__device__ void dense_tanh(__half (&out)[kGroup][kOutRow], const __half (&in)[kGroup][kInRow],
                           const std::uint32_t (&weights)[kSteps][kTiles][kLanes][2], const float (&biases)[8 * kTiles],
                           int warp, Lane lane) {
    constexpr int kShare = ceil_div(kTiles, kTeamWarps);
    const int first = warp * kShare;
    float sums[kShare][4] = {};
    dense(sums, in, weights, first, lane);
#pragma unroll
    for (int i = 0; i < kShare; ++i) {
        if (first + i >= kTiles) break;
        const int column = 8 * (first + i) + 2 * lane.t;
        const float2 bias = *reinterpret_cast<const float2*>(biases + column);
        const auto store = [&](int row, float left, float right) {
            *reinterpret_cast<__half2*>(&out[row][column]) =
                __floats2half2_rn(tanh_approx(left + bias.x), tanh_approx(right + bias.y));
        };
        store(lane.g, sums[i][0], sums[i][1]);
        store(lane.g + 8, sums[i][2], sums[i][3]);
    }
}

// The output layer of `count` images from `first` on, and their ranking where it is wanted. One warp.
__device__ void output(const ForwardBatch& batch, std::int64_t first, int count, TeamMemory& memory,
                       const Weights::Dense& weights, Lane lane) {
    float sums[kOutTiles][4] = {};
    dense(sums, memory.f6, weights.output, 0, lane);
    // For the ranking an image's scores meet where its F6 was, which nobody else reads.
    const auto scores_of = [&memory](int row) { return reinterpret_cast<float*>(memory.f6[row]); };
    __syncwarp();
#pragma unroll
    for (int tile = 0; tile < kOutTiles; ++tile) {
        const int column = 8 * tile + 2 * lane.t;
        if (column >= kClasses) continue;
        const float2 bias = *reinterpret_cast<const float2*>(weights.output_bias + column);
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const int row = lane.g + 8 * half;
            const float2 scores = {sums[tile][2 * half] + bias.x, sums[tile][2 * half + 1] + bias.y};
            if (row < count) *reinterpret_cast<float2*>(batch.scores + (first + row) * kClasses + column) = scores;
            if (batch.top) *reinterpret_cast<float2*>(scores_of(row) + column) = scores;
        }
    }
    if (!batch.top) return;
    __syncwarp();
    if (lane.lane < count) rank(batch.top + (first + lane.lane) * batch.k, scores_of(lane.lane), batch.k);
    __syncwarp();
}

// Barriers of a team and of a pair of warps.
__device__ void team_barrier(int team) {
    asm volatile("bar.sync %0, %1;" ::"r"(1 + team), "n"(kTeamThreads) : "memory");
}
__device__ void pair_barrier(int team, int pair) {
    asm volatile("bar.sync %0, %1;" ::"r"(1 + kTeams + team * kPairs + pair), "n"(2 * kLanes) : "memory");
}

// All teams wait once for the weights that all of them copy; one that has nothing to do only says that its part is
// there.
constexpr int kWeightsBarrier = 1 + kTeams + kTeams * kPairs;
__device__ void weights_barrier() {
    asm volatile("bar.sync %0, %1;" ::"n"(kWeightsBarrier), "n"(kThreads) : "memory");
}
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
        return static_cast<int>(max(0L, min(left, static_cast<std::int64_t>(min(kPass, share - pass)))));
    }
    __device__ void next() {
        pass += kPass;
        if (pass < share) return;
        pass = 0;
        group += step;
    }
};

template <bool kWeightsInShared>
__global__ void __launch_bounds__(kThreads, 1)
    lenet5_fp16_forward_kernel(const ForwardBatch batch, const Weights* __restrict__ weights,
                               const int images_per_group) {
    extern __shared__ uint4 shared[];
    using Memory = std::conditional_t<kWeightsInShared, BlockMemoryWithWeights, BlockMemory>;
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

    // Columns beyond a layer's last are multiplied by zero, so they must not be NaN; nobody writes them again.
    for (int i = static_cast<int>(threadIdx.x) % kTeamThreads; i < kGroup * 8; i += kTeamThreads) {
        memory.c5[i / 8][8 * kC5Tiles + i % 8] = __half();
        memory.f6[i / 8][8 * kF6Tiles + i % 8] = __half();
    }

    fill_places(block);
    bool weights_wait = kWeightsInShared;
    copies_wait<1>();  // the first tiles are there, the weights may still be under way
    __syncthreads();
    while (passes.group < passes.groups) {
        const std::int64_t group = passes.group;
        while (passes.group == group) {
            const int images = passes.images();
            __half* s4 = memory.s4[pair * passes.share + passes.pass];
            convolve_c1(own, convolutions, block.c1, images, lane);
            pair_barrier(team, pair);
            passes.next();
            fetch(own, batch.tiles + passes.first() * kTileBytes, passes.group < passes.groups ? passes.images() : 0,
                  lane);
            convolve_c3(s4, own, convolutions, block.c3, images, lane);
            copies_wait<0>();
            pair_barrier(team, pair);
        }
        if (weights_wait) {
            weights_barrier();
            weights_wait = false;
        }
        team_barrier(team);
        dense_tanh(memory.c5, memory.s4, dense_weights->c5, dense_weights->c5_bias, warp, lane);
        team_barrier(team);
        dense_tanh(memory.f6, memory.c5, dense_weights->f6, dense_weights->f6_bias, warp, lane);
        team_barrier(team);
        if (warp == 0) {
            const std::int64_t first = group * images_per_group;
            const auto left = static_cast<int>(min(batch.n - first, static_cast<std::int64_t>(images_per_group)));
            output(batch, first, left, memory, *dense_weights, lane);
        }
    }
    if (weights_wait) {  // a team without a group: the others wait for its part of the weights
        copies_wait<0>();
        weights_arrived();
    }
}

}  // namespace
}  // namespace fp16

struct ForwardFp16::Packed {
    DeviceMemory<fp16::Weights> weights;
    int multiprocessors = 0;
    bool weights_in_shared = false;
};

ForwardFp16::ForwardFp16(const float* parameters) : packed_(std::make_unique<Packed>()) {
    const auto weights = std::make_unique<fp16::Weights>();
    fp16::pack(*weights, parameters);
    packed_->weights = to_device(weights.get(), 1);
    int device = 0, shared_bytes = 0;
    CUDA_CHECK(cudaGetDevice(&device));
    CUDA_CHECK(cudaDeviceGetAttribute(&packed_->multiprocessors, cudaDevAttrMultiProcessorCount, device));
    CUDA_CHECK(cudaDeviceGetAttribute(&shared_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
    packed_->weights_in_shared = shared_bytes >= static_cast<int>(sizeof(fp16::BlockMemoryWithWeights));
    if (packed_->weights_in_shared)
        CUDA_CHECK(cudaFuncSetAttribute(fp16::lenet5_fp16_forward_kernel<true>,
                                        cudaFuncAttributeMaxDynamicSharedMemorySize,
                                        sizeof(fp16::BlockMemoryWithWeights)));
    else
        CUDA_CHECK(cudaFuncSetAttribute(fp16::lenet5_fp16_forward_kernel<false>,
                                        cudaFuncAttributeMaxDynamicSharedMemorySize, sizeof(fp16::BlockMemory)));
}

ForwardFp16::ForwardFp16(ForwardFp16&&) noexcept = default;
ForwardFp16& ForwardFp16::operator=(ForwardFp16&&) noexcept = default;
ForwardFp16::~ForwardFp16() = default;

void ForwardFp16::forward(const ForwardBatch& batch, CUstream_st* stream) const {
    using namespace fp16;
    if (batch.n == 0) return;
    // Few images: fewer for each team, so that more teams share the work.
    const std::int64_t teams = static_cast<std::int64_t>(packed_->multiprocessors) * kTeams;
    int images_per_group = kGroup;
    while (images_per_group > kPairs * kPass && batch.n <= images_per_group / 2 * teams) images_per_group /= 2;
    const std::int64_t groups = ceil_div(batch.n, static_cast<std::int64_t>(images_per_group));
    const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(groups, packed_->multiprocessors));
    if (packed_->weights_in_shared)
        lenet5_fp16_forward_kernel<true><<<blocks, kThreads, sizeof(BlockMemoryWithWeights), stream>>>(
            batch, packed_->weights.get(), images_per_group);
    else
        lenet5_fp16_forward_kernel<false>
            <<<blocks, kThreads, sizeof(BlockMemory), stream>>>(batch, packed_->weights.get(), images_per_group);
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace chiffre::cuda
