// cpu_peak.cpp -- the loops of fma_peak.cpp, and copies, on one core or on all.
#include <cstddef>
#include <cstring>

#include "bench/fma_peak.h"
#include "bench/peak.h"

namespace chiffre::bench {

static const cpu::PeakLoop& peak_loop(std::string_view isa) {
#ifdef __x86_64__
    for (const cpu::PeakLoop* loop : {&cpu::avx2::kPeakLoop, &cpu::avx512::kPeakLoop})
        if (loop->isa == isa) return *loop;
#endif
    static_cast<void>(isa);
    return cpu::baseline::kPeakLoop;
}

Peak cpu_fma_peak(std::string_view isa, Crew& crew, const Effort& effort) {
    const cpu::PeakLoop& loop = peak_loop(isa);
    const bool one = crew.size() == 1;
    // On one core below a millisecond, so that some run is not interrupted; on several so long that waking the others,
    // about 50 us, does not count.
    const long rounds = one ? 100'000 : 4'000'000;
    const int runs = one ? 200 : 50;
    Peak peak{.name = std::string("FMA, ") + (one ? "one core" : std::to_string(crew.size()) + " cores") + ", " +
                      std::string(isa),
              .unit = "FLOP/s"};
    std::vector<double> work(static_cast<std::size_t>(crew.size()));
    const Effort short_runs{.repetitions = runs, .least_s = 0, .most_s = effort.most_s};
    peak.timing =
        measure(short_runs, Clock::wall, [&] { crew.run([&](int thread) { work[thread] = loop.run(rounds); }); });
    peak.work = 0;
    for (const double flop : work) peak.work += flop;
    return peak;
}

Peak cpu_memory_peak(Crew& crew, const Effort& effort) {
    constexpr std::size_t kBytes = std::size_t{256} << 20;  // the largest caches of servers are about as large
    const std::vector<std::byte> from(kBytes, std::byte{1});
    std::vector<std::byte> to(kBytes);
    const std::size_t threads = static_cast<std::size_t>(crew.size());
    Peak peak{.name = "CPU memory copy, read + write", .unit = "bytes/s"};
    peak.work = 2.0 * kBytes;
    peak.timing = measure(effort, Clock::wall, [&] {
        crew.run([&](int thread) {
            const std::size_t first = kBytes / threads * static_cast<std::size_t>(thread);
            std::memcpy(to.data() + first, from.data() + first, kBytes / threads);
        });
        keep(to.data());
    });
    return peak;
}

}  // namespace chiffre::bench
