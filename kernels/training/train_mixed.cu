// train_mixed.cu -- training with half precision factors on the tensor cores, fp32 sums and fp32 parameters.
//
// Counting. A round of four images is some 4,000 products of 16 x 8 x 16 there and back, a third of their elements
// padding: 13,000 cycles at the rate that mma.sync reaches. What is left of a step is no longer arithmetic: barriers,
// tanh, the second-level cache (260 KB of weights a round), and the second half of the step, which stays fp32.
#include "mixed_backward.h"
#include "train_kernel.cuh"
#include "train_variants.h"

namespace chiffre::cuda {
namespace {

template <int kRoundImages>
struct MixedPasses {
    using Round = MixedRound<kRoundImages>;
    static constexpr int kImages = kRoundImages;
    static constexpr bool kGradientOfSum = true;

    static __device__ PackedDense packed(const TrainingRun& run) {
        return packed_dense(reinterpret_cast<__half*>(run.packed));
    }
    // Large rounds keep their zeros from step to step.
    static constexpr bool kOwnScratch = kImages > 1;
    static_assert(kOwnScratch || sizeof(Round) >= sizeof(float) * kTaskScratch);

    static __device__ void begin(const ThreadBlock& block, Round& round) {
        if constexpr (kOwnScratch) clear(block, round);
    }
    static __device__ void stage(const ThreadBlock& block, Round& round, const TrainingRun& run) {
        if constexpr (!kOwnScratch) clear(block, round);
        stage_convolutions(block, round, packed_convolutions(reinterpret_cast<__half*>(run.packed)));
    }
    static __device__ void take(const ThreadBlock& block, Round& round, const TrainingRun& run, const RoundLoss& loss,
                                std::int64_t sample, int count, DenseRecord* records) {
        forward(block, round, run.weights.parameters, packed(run), run.tiles + sample * kTileBytes, run.labels + sample,
                count);
        take_losses(block, round, run, loss, sample, kImages, count);
        backward(block, round, packed(run));
        write_records(block, round, records, count);
    }
    static __device__ float* scratch(Round& round) {
        return kOwnScratch ? round.scratch : reinterpret_cast<float*>(&round);
    }
    static __device__ void put(const TrainingRun& run, int i, float value) {
        pack(reinterpret_cast<__half*>(run.packed), i, value);
    }
};

}  // namespace

static __global__ void pack_kernel(const float* parameters, std::uint16_t* memory) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < kParameters) pack(reinterpret_cast<__half*>(memory), i, parameters[i]);
}

TrainVariants mixed_training() {
    return {train_variant<MixedPasses<4>>(), train_variant<MixedPasses<2>>(), train_variant<MixedPasses<1>>()};
}

std::size_t packed_halves() {
    return kPackedHalves;
}

void launch_packing(const float* parameters, std::uint16_t* memory, CUstream_st* stream) {
    CUDA_CHECK(cudaMemsetAsync(memory, 0, kPackedHalves * sizeof(std::uint16_t), stream));
    constexpr int kBlock = 256;
    pack_kernel<<<ceil_div(kParameters, kBlock), kBlock, 0, stream>>>(parameters, memory);
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace chiffre::cuda
