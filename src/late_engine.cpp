// late_engine.cpp -- what late_engine.h promises.
#include "late_engine.h"

#include <csignal>

#include <chrono>
#include <utility>

namespace chiffre {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// A thread begins with the signal mask of its maker. A signal that it took would not end a read() of the thread that
// waits for input.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_;
};

}  // namespace

LateEngine::LateEngine(std::function<std::unique_ptr<Engine>()> open) {
    const SignalsBlocked blocked;
    future_ = std::async(std::launch::async, [open = std::move(open)] {
        const auto start = Clock::now();
        auto engine = open();
        return Opened{std::move(engine), ms_since(start)};
    });
}

void LateEngine::classify(std::span<const Tile> tiles, std::span<Scores> scores) {
    opened().engine->classify(tiles, scores);
}

std::string LateEngine::device() const {
    return opened().engine->device();
}

double LateEngine::opening_ms() const {
    return opened().ms;
}

const LateEngine::Opened& LateEngine::opened() const {
    if (future_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        const auto start = Clock::now();
        future_.wait();
        waited_ms_ += ms_since(start);
    }
    return future_.get();
}

}  // namespace chiffre
