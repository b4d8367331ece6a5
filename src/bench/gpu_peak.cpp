// gpu_peak.cpp -- the peaks of kernels/lab/peaks.h, by the GPU's clock.
#include <algorithm>

#include "bench/peak.h"
#include "lab/gpu.h"
#include "lab/peaks.h"

namespace chiffre::bench {

GpuPeaks gpu_peaks(const Effort& effort) {
    // Several times the largest L2 (60 MB of an H200, 128 MB of a B200), where the GPU has so much to spare.
    constexpr std::size_t kWantedBytes = std::size_t{1} << 30;
    const std::size_t bytes = std::min(kWantedBytes, cuda::gpu_facts().free_bytes / 4);
    const cuda::Peaks peaks(bytes);
    const auto measured = [&](const char* name, const char* unit, double (cuda::Peaks::*launch)(CUstream_st*) const) {
        Peak peak{.name = name, .unit = unit};
        peak.timing = measure_with(effort, Clock::gpu, [&](int times) {
            return cuda::seconds_on_gpu(times, [&](CUstream_st* stream) { peak.work = (peaks.*launch)(stream); });
        });
        return peak;
    };
    using P = cuda::Peaks;
    return {.fma = measured("GPU FMA, fp32", "FLOP/s", &P::fma_fp32),
            .tensor = measured("GPU mma.sync, int8", "op/s", &P::tensor_int8),
            .special = measured("GPU ex2.approx, fp32", "results/s", &P::exp2_fp32),
            .memory = measured("GPU memory copy, read + write", "bytes/s", &P::device_copy),
            .to_device = measured("bus, pinned to GPU", "bytes/s", &P::host_to_device),
            .to_host = measured("bus, GPU to pinned", "bytes/s", &P::device_to_host)};
}

}  // namespace chiffre::bench
