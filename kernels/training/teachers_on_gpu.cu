// teachers_on_gpu.cu -- the fused forward pass of each teacher, then one thread an image.
#include "device.cuh"
#include "lenet5.h"
#include "teachers_on_gpu.h"

namespace chiffre::cuda {

static constexpr int kThreads = 128;

// probabilities += share * softmax; the first teacher sets them.
static __global__ void add_softmax_kernel(float* __restrict__ probabilities, const float* __restrict__ logits,
                                          std::int64_t n, bool refuses, float per_temperature, float share,
                                          bool first) {
    const std::int64_t image = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
    if (image >= n) return;
    float z[kClasses], largest = refuses ? 0.0f : -INFINITY;
    for (int k = 0; k < kClasses; ++k) {
        z[k] = logits[image * kClasses + k] * per_temperature;
        largest = fmaxf(largest, z[k]);
    }
    float total = refuses ? expf(-largest) : 0.0f;
    const float no_digit = total;
    for (float& value : z) {
        value = expf(value - largest);
        total += value;
    }
    float* out = probabilities + image * (kClasses + 1);
    for (int k = 0; k <= kClasses; ++k)
        out[k] = (first ? 0.0f : out[k]) + share * (k < kClasses ? z[k] : no_digit) / total;
}

struct TeachersOnGpu::Memory {
    std::vector<ForwardFp32> teachers;
    bool refuses;
    float temperature;
    std::int64_t room = 0;
    DeviceMemory<float> logits;
};

TeachersOnGpu::TeachersOnGpu(std::span<const std::vector<float>> parameters, bool refuses, float temperature)
    : memory_(std::make_unique<Memory>()) {
    memory_->refuses = refuses;
    memory_->temperature = temperature;
    for (const std::vector<float>& teacher : parameters) memory_->teachers.emplace_back(teacher.data());
}

TeachersOnGpu::~TeachersOnGpu() = default;

void TeachersOnGpu::teach(float* probabilities, const std::uint8_t* tiles, std::int64_t n, CUstream_st* stream) {
    Memory& m = *memory_;
    if (n > m.room) {
        m.logits = device_memory<float>(static_cast<std::size_t>(n) * kClasses);
        m.room = n;
    }
    for (const ForwardFp32& teacher : m.teachers) {
        teacher.forward({.tiles = tiles, .scores = m.logits.get(), .n = n}, stream);
        add_softmax_kernel<<<static_cast<unsigned>(ceil_div<std::int64_t>(n, kThreads)), kThreads, 0, stream>>>(
            probabilities, m.logits.get(), n, m.refuses, 1 / m.temperature, 1 / static_cast<float>(m.teachers.size()),
            &teacher == &m.teachers.front());
        CUDA_CHECK(cudaGetLastError());
    }
}

}  // namespace chiffre::cuda
