// train_fp32.cu -- training and judging in fp32.
//
// Counting. An image is 1.13 million multiply-adds there and back, 8,800 cycles of a multiprocessor's 128 units; a
// round of four 35,000 cycles. The dense layers' 236 KB of weights come twice a round from the second-level cache, some
// 9,000 cycles if nothing else is done meanwhile. A batch of 512 is a round for 128 blocks and leaves 1.7 MB for the
// second half of the step, which reads it 13 times.
#include "backward_round.h"
#include "forward_round.h"
#include "train_kernel.cuh"
#include "train_variants.h"

namespace chiffre::cuda {
namespace {

template <int kRoundImages>
struct Fp32Passes {
    using Round = cuda::Round<kRoundImages>;
    static constexpr int kImages = kRoundImages;
    static constexpr bool kGradientOfSum = false;

    static __device__ void begin(const ThreadBlock&, Round&) {}
    static __device__ void stage(const ThreadBlock& block, Round& round, const TrainingRun& run) {
        stage_convolutions(block, round, run.weights.parameters);
    }
    static __device__ void take(const ThreadBlock& block, Round& round, const TrainingRun& run, const RoundLoss& loss,
                                std::int64_t sample, int count, DenseRecord* records) {
        forward(block, round, run.weights, run.tiles + sample * kTileBytes, run.labels + sample, count);
        take_losses(block, round, run, loss, sample, kImages, count);
        backward(block, round, run.weights);
        write_records(block, round, records, count);
    }
    static __device__ float* scratch(Round& round) {
        static_assert(sizeof(Round) >= sizeof(float) * kTaskScratch);
        return reinterpret_cast<float*>(&round);
    }
    static __device__ void put(const TrainingRun& run, int i, float value) {
        constexpr int kC5First = weight_offset(kC5), kF6First = weight_offset(kF6);
        if (i >= kC5First && i < bias_offset(kC5))
            run.weights.c5_by_input[(i - kC5First) % kC5In * kC5Out + (i - kC5First) / kC5In] = value;
        if (i >= kF6First && i < bias_offset(kF6))
            run.weights.f6_by_input[(i - kF6First) % kC5Out * kF6Out + (i - kF6First) / kC5Out] = value;
    }
};

}  // namespace

template <int kImages>
static __global__ void __launch_bounds__(kThreads, 1) evaluate_kernel(const __grid_constant__ EvaluationRun run) {
    auto& round = in_shared_memory<Round<kImages>>();
    const ThreadBlock block;
    stage_convolutions(block, round, run.weights.parameters);
    LossSum sum;
    const std::int64_t rounds = ceil_div<std::int64_t>(run.samples, kImages);
    for (std::int64_t r = blockIdx.x; r < rounds; r += gridDim.x) {
        const std::int64_t first = r * kImages;
        const int count = static_cast<int>(min(static_cast<std::int64_t>(kImages), run.samples - first));
        forward(block, round, run.weights, run.tiles + first * kTileBytes, run.labels + first, count);
        block.each(kImages, [&](int i) { cross_entropy(round, run.loss, nullptr, i); });
        for (int i = 0; i < count; ++i) {
            sum.loss += round.loss[i];
            sum.wrong += round.wrong[i];
        }
    }
    if (threadIdx.x == 0) run.sums[blockIdx.x] = sum;
}

static __global__ void transpose_dense_kernel(TrainedWeights weights) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < kLayers[kC5].weights())
        weights.c5_by_input[i % kC5In * kC5Out + i / kC5In] = weights.parameters[weight_offset(kC5) + i];
    if (i < kLayers[kF6].weights())
        weights.f6_by_input[i % kC5Out * kF6Out + i / kC5Out] = weights.parameters[weight_offset(kF6) + i];
}

TrainVariants fp32_training() {
    return {train_variant<Fp32Passes<4>>(), train_variant<Fp32Passes<2>>(), train_variant<Fp32Passes<1>>()};
}

TrainVariants evaluation() {
    const auto of = [](int images, std::size_t bytes, auto kernel) {
        return TrainVariant{images, bytes, reinterpret_cast<const void*>(kernel)};
    };
    return {of(4, sizeof(Round<4>), evaluate_kernel<4>), of(2, sizeof(Round<2>), evaluate_kernel<2>),
            of(1, sizeof(Round<1>), evaluate_kernel<1>)};
}

void launch_transposition(const TrainedWeights& weights, CUstream_st* stream) {
    constexpr int kBlock = 256;
    transpose_dense_kernel<<<ceil_div(kLayers[kC5].weights(), kBlock), kBlock, 0, stream>>>(weights);
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace chiffre::cuda
