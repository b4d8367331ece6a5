// crew.h -- threads that do the same work at the same time, kept waiting in between: starting threads for every run
// would be measured too.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace chiffre::bench {

// Threads wait here for each other. They spin for a while before they sleep: waking a thread takes longer than many a
// work that is measured.
class Meeting {
  public:
    explicit Meeting(int threads) : threads_(threads) {}
    void arrive_and_wait();

  private:
    const int threads_;
    std::atomic<int> arrived_ = 0;
    std::atomic<unsigned> turn_ = 0;
};

class Crew {
  public:
    explicit Crew(int threads);
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    ~Crew();

    int size() const { return static_cast<int>(threads_.size()) + 1; }

    // work(0) on this thread, work(1), ... on the others; returns when all are done. `work` must not throw.
    void run(const std::function<void(int)>& work);

  private:
    Meeting start_, end_;
    const std::function<void(int)>* work_ = nullptr;  // none: go home
    std::vector<std::thread> threads_;
};

// The cores that this process may use.
int core_count();

}  // namespace chiffre::bench
