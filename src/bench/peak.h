// peak.h -- the most that this machine can do, measured in the same run as what is held against it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/crew.h"
#include "bench/measure.h"
#include "bench/table.h"

namespace chiffre::bench {

struct Peak {
    std::string name;  // "FMA, one core, avx512"
    std::string unit;  // of the rate: "FLOP/s", "bytes/s", "results/s"
    Timing timing = {};
    double work = kNone;

    // Of the quickest run: whatever disturbed the others is no limit.
    double rate() const { return work / timing.minimum_s; }
    Limit limit() const { return {name, rate()}; }
};

// Multiply-adds with the instruction set `isa` (cpu/isa.h), which this machine has, on every thread of the crew.
Peak cpu_fma_peak(std::string_view isa, Crew& crew, const Effort& effort);

// Copying between blocks of memory far larger than the caches, on every thread of the crew; bytes read and written.
Peak cpu_memory_peak(Crew& crew, const Effort& effort);

struct GpuPeaks {
    Peak fma, tensor, special, memory, to_device, to_host;
    std::vector<const Peak*> all() const { return {&fma, &tensor, &special, &memory, &to_device, &to_host}; }
};

// Of the current GPU. Only in builds with CUDA. Throws CudaError.
GpuPeaks gpu_peaks(const Effort& effort);

}  // namespace chiffre::bench
