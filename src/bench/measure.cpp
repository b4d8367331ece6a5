// measure.cpp -- clocks and order statistics.
#include "bench/measure.h"

#include <ctime>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>

namespace chiffre::bench {

std::string_view clock_name(Clock clock) {
    switch (clock) {
        case Clock::wall:
            return "wall";
        case Clock::processor:
            return "processor";
        case Clock::gpu:
            return "gpu";
    }
    return "unknown";
}

static double now_s(Clock clock) {
    if (clock == Clock::processor) {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Timing summarize(std::vector<double> samples_s, Clock clock) {
    if (samples_s.empty()) throw std::invalid_argument("summarize: no samples");
    std::sort(samples_s.begin(), samples_s.end());
    const std::size_t n = samples_s.size();
    Timing timing;
    timing.median_s = 0.5 * (samples_s[(n - 1) / 2] + samples_s[n / 2]);
    timing.minimum_s = samples_s.front();
    constexpr std::size_t kEnoughForP99 = 100;
    if (n >= kEnoughForP99) timing.p99_s = samples_s[n - 1 - n / 100];
    timing.repetitions = static_cast<int>(n);
    timing.clock = clock;
    return timing;
}

Timing measure_with(const Effort& effort, Clock clock, const SecondsOf& seconds_of) {
    constexpr int kMostTimes = 1 << 20;
    int times = 1;
    double took = seconds_of(1);  // warms caches, clocks and allocators
    const bool is_long = took >= effort.most_s;
    if (!is_long) took = seconds_of(1);
    while (took < effort.least_s && times < kMostTimes) {
        // Straight to the goal once a run is long enough to foretell it.
        const double wanted = took > 0.1 * effort.least_s ? 1.1 * times * effort.least_s / took : 8.0 * times;
        times = std::min(kMostTimes, static_cast<int>(std::ceil(wanted)));
        took = seconds_of(times);
    }
    std::vector<double> samples;
    double spent = 0;
    if (is_long) samples.push_back(took), spent = took;  // a second one would only cost
    while (static_cast<int>(samples.size()) < effort.repetitions && (samples.empty() || spent < effort.most_s)) {
        const double seconds = seconds_of(times);
        spent += seconds;
        samples.push_back(seconds / times);
    }
    return summarize(std::move(samples), clock);
}

Timing measure(const Effort& effort, Clock clock, const std::function<void()>& work) {
    return measure_with(effort, clock, [&](int times) {
        const double start = now_s(clock);
        for (int i = 0; i < times; ++i) work();
        return now_s(clock) - start;
    });
}

Timing measure_calls(int calls, const std::function<void()>& work) {
    for (int i = 0; i < calls / 10 + 1; ++i) work();
    std::vector<double> samples;
    samples.reserve(static_cast<std::size_t>(calls));
    for (int i = 0; i < calls; ++i) {
        const double start = now_s(Clock::wall);
        work();
        samples.push_back(now_s(Clock::wall) - start);
    }
    return summarize(std::move(samples), Clock::wall);
}

}  // namespace chiffre::bench
