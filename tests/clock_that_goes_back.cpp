// clock_that_goes_back.cpp -- preloaded into a program: the time of day goes backwards, an hour at each look. Clocks
// that nobody sets go on as always.
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include <ctime>

#include <atomic>

static std::atomic<long> seconds{2'000'000'000};

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)
        return static_cast<int>(syscall(SYS_clock_gettime, clock, time));
    *time = {seconds -= 3600, 0};
    return 0;
}

extern "C" time_t time(time_t* result) noexcept {
    const time_t now = seconds -= 3600;
    if (result) *result = now;
    return now;
}

extern "C" int gettimeofday(timeval* time, void*) noexcept {
    *time = {seconds -= 3600, 0};
    return 0;
}
