// cpu_peak.cpp -- the loops of fma_peak.cpp, on one core or on all.
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

}  // namespace chiffre::bench
