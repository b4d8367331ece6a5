// measure.h -- how every area of `bench` takes time: warm up, repeat, report median and minimum.
#pragma once

#include <functional>
#include <limits>
#include <string_view>
#include <vector>

namespace chiffre::bench {

// wall: what a user waits. processor: what the calling thread consumed, which other jobs of the machine disturb little.
// gpu: between two events in a stream.
enum class Clock { wall, processor, gpu };
std::string_view clock_name(Clock clock);

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();  // a number that there is not

// Of one run of what was measured.
struct Timing {
    double median_s = kNone, minimum_s = kNone;
    double p99_s = kNone;  // none where there are too few repetitions to tell
    int repetitions = 0;
    Clock clock = Clock::wall;
};

// How long to measure. Work that is quicker than `least_s` is run several times per repetition, so that neither the
// clock's resolution nor its cost counts. Once all repetitions together took `most_s`, no further one is begun.
struct Effort {
    int repetitions = 7;
    double least_s = 0.01;
    double most_s = 3;
};

// Throws std::invalid_argument where there are no samples.
Timing summarize(std::vector<double> samples_s, Clock clock);

// Runs the work so many times in a row and returns the seconds that all of them took together.
using SecondsOf = std::function<double(int times)>;

Timing measure_with(const Effort& effort, Clock clock, const SecondsOf& seconds_of);

// On this thread, by the wall clock or by processor time.
Timing measure(const Effort& effort, Clock clock, const std::function<void()>& work);

// Each call by itself, by the wall clock: what a caller waits, with the slowest 1 % of the calls.
Timing measure_calls(int calls, const std::function<void()>& work);

// The compiler must take *memory for read: work whose result nobody looks at would be left out.
inline void keep(const void* memory) {
    asm volatile("" : : "g"(memory) : "memory");
}

}  // namespace chiffre::bench
