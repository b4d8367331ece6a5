// crew.cpp -- two meetings: one before the work, one after it.
#include "bench/crew.h"

#include <sched.h>

#include <algorithm>

namespace chiffre::bench {

void Meeting::arrive_and_wait() {
    constexpr int kSpins = 1 << 16;  // some 100 microseconds
    const unsigned turn = turn_.load();
    if (arrived_.fetch_add(1) + 1 == threads_) {
        arrived_ = 0;
        turn_.fetch_add(1);
        turn_.notify_all();
        return;
    }
    for (int i = 0; i < kSpins; ++i)
        if (turn_.load(std::memory_order_acquire) != turn) return;
    turn_.wait(turn);
}

Crew::Crew(int threads) : start_(threads), end_(threads) {
    for (int i = 1; i < threads; ++i)
        threads_.emplace_back([this, i] {
            for (;;) {
                start_.arrive_and_wait();
                if (work_ == nullptr) return;
                (*work_)(i);
                end_.arrive_and_wait();
            }
        });
}

Crew::~Crew() {
    work_ = nullptr;
    start_.arrive_and_wait();
    for (std::thread& thread : threads_) thread.join();
}

void Crew::run(const std::function<void(int)>& work) {
    work_ = &work;
    start_.arrive_and_wait();
    work(0);
    end_.arrive_and_wait();
}

// Not the cores of the machine alone: a job that is bound to some of them, by taskset for example, would have more
// threads than cores.
int core_count() {
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) == 0) return std::max(1, CPU_COUNT(&cores));
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace chiffre::bench
