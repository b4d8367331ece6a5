// crew.cpp -- two barriers: one before the work, one after it.
#include "bench/crew.h"

#include <algorithm>

namespace chiffre::bench {

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

int core_count() {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace chiffre::bench
