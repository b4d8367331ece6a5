// matrix_gpu.cpp -- the GPU's part of `bench matrix`.
#include <cstring>
#include <functional>
#include <iostream>

#include "bench/matrix_bench.h"
#include "device.cuh"
#include "lab/cublas.h"
#include "lab/gpu.h"
#include "lab/matrix.h"

namespace chiffre::bench {
namespace {

// Matrices on the GPU and, for the transfers, in pinned memory.
struct Buffers {
    Buffers(const Problem& problem, const Factors& factors)
        : factor_bytes(problem.factor_size() * sizeof(float)),
          result_bytes(problem.result_size() * sizeof(float)),
          a(cuda::to_device(factors.a.data(), factors.a.size())),
          b(cuda::to_device(factors.b.data(), factors.b.size())),
          c(cuda::device_memory<float>(problem.result_size())),
          host_a(cuda::pinned_memory<float>(factors.a.size())),
          host_b(cuda::pinned_memory<float>(factors.b.size())),
          host_c(cuda::pinned_memory<float>(problem.result_size())) {
        std::memcpy(host_a.get(), factors.a.data(), factor_bytes);
        std::memcpy(host_b.get(), factors.b.data(), factor_bytes);
    }
    void send(CUstream_st* stream) const {
        CUDA_CHECK(cudaMemcpyAsync(a.get(), host_a.get(), factor_bytes, cudaMemcpyHostToDevice, stream));
        CUDA_CHECK(cudaMemcpyAsync(b.get(), host_b.get(), factor_bytes, cudaMemcpyHostToDevice, stream));
    }
    void fetch(CUstream_st* stream) const {
        CUDA_CHECK(cudaMemcpyAsync(host_c.get(), c.get(), result_bytes, cudaMemcpyDeviceToHost, stream));
    }

    std::size_t factor_bytes, result_bytes;
    cuda::DeviceMemory<float> a, b, c;
    cuda::PinnedMemory<float> host_a, host_b, host_c;
};

struct GpuContestant {
    std::string name, shape;
    std::function<void(CUstream_st*)> launch;
};

std::vector<GpuContestant> gpu_contestants(const Problem& problem, const Buffers& m, const cuda::Cublas* cublas,
                                           bool all_shapes) {
    const int n = problem.n, p = problem.p;
    std::vector<GpuContestant> contestants;
    for (const cuda::GridShape shape : cuda::kGridShapes) {
        if (!all_shapes && shape != cuda::GridShape::blocks_32x32) continue;
        contestants.push_back(
            {"GPU, one thread per element", std::string(cuda::grid_shape_name(shape)), [=, &m](CUstream_st* stream) {
                 if (problem.operation == Operation::add)
                     cuda::matrix_add(m.c.get(), m.a.get(), m.b.get(), n, p, shape, stream);
                 else
                     cuda::matrix_multiply(m.c.get(), m.a.get(), m.b.get(), n, p, shape, stream);
             }});
    }
    if (problem.operation == Operation::add) return contestants;
    for (const int side : {8, 16, 32}) {
        if (!all_shapes && side != 32) continue;
        const std::string shape = std::to_string(side) + "x" + std::to_string(side);
        contestants.push_back({"GPU, tiles in shared memory", shape, [=, &m](CUstream_st* stream) {
                                   cuda::matrix_multiply_tiled(m.c.get(), m.a.get(), m.b.get(), n, p, side, stream);
                               }});
    }
    if (cublas != nullptr)
        contestants.push_back({"GPU, cuBLAS", "", [=, &m](CUstream_st* stream) {
                                   cublas->multiply(m.c.get(), m.a.get(), m.b.get(), n, p, stream);
                               }});
    return contestants;
}

}  // namespace

struct MatrixGpu::State {
    MatrixResults& results;
    Effort effort;
    Machine machine;
    std::unique_ptr<cuda::Cublas> cublas;
};

MatrixGpu::MatrixGpu(MatrixResults& results, const Effort& effort) {
    const GpuPeaks peaks = gpu_peaks(effort);
    for (const Peak* peak : {&peaks.fma, &peaks.memory, &peaks.to_device, &peaks.to_host}) results.add(*peak);
    const Machine machine{peaks.fma.limit(), peaks.memory.limit(), peaks.to_device.rate()};
    std::string why_not;
    auto cublas = cuda::Cublas::open(why_not);
    if (!cublas) std::cerr << "bench: SKIPPED: cuBLAS: " << why_not << '\n';
    state_ = std::make_unique<State>(State{results, effort, machine, std::move(cublas)});
}

MatrixGpu::~MatrixGpu() = default;

void MatrixGpu::measure(const Problem& problem, const Factors& factors, bool all_shapes) {
    const Buffers buffers(problem, factors);
    const auto contestants = gpu_contestants(problem, buffers, state_->cublas.get(), all_shapes);
    for (const GpuContestant& contestant : contestants) {
        const std::string who = contestant.name + " " + contestant.shape;
        cuda::seconds_on_gpu(1, [&](CUstream_st* stream) {
            // Not numbers, should nobody write them: what the contestant before left there would pass.
            CUDA_CHECK(cudaMemsetAsync(buffers.c.get(), 0xff, buffers.result_bytes, stream));
            contestant.launch(stream);
            buffers.fetch(stream);
        });
        check_result(problem, factors, {buffers.host_c.get(), problem.result_size()}, who);
    }
    for (const GpuContestant& contestant : contestants) {
        const Timing kernel = measure_with(state_->effort, Clock::gpu,
                                           [&](int times) { return cuda::seconds_on_gpu(times, contestant.launch); });
        state_->results.add({problem, contestant.name, contestant.shape, kKernelAlone, kernel}, state_->machine);
        const Timing all = measure_with(state_->effort, Clock::gpu, [&](int times) {
            return cuda::seconds_on_gpu(times, [&](CUstream_st* stream) {
                buffers.send(stream);
                contestant.launch(stream);
                buffers.fetch(stream);
            });
        });
        state_->results.add({problem, contestant.name, contestant.shape, kWithTransfers, all}, state_->machine);
    }
}

}  // namespace chiffre::bench
