// late_engine.cpp -- what late_engine.h promises.
#include "late_engine.h"

#include <csignal>

#include <exception>
#include <utility>

namespace chiffre {
namespace {

double ms_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
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

LateEngine::LateEngine(Open open, std::unique_ptr<Engine> meanwhile) : meanwhile_(std::move(meanwhile)) {
    const SignalsBlocked blocked;
    opening_ = std::async(std::launch::async, [open = std::move(open), start = start_] {
        Opened opened;
        try {
            opened.engine = open();
        } catch (...) {
            opened.error = std::current_exception();
        }
        opened.ms = ms_since(start);
        return opened;
    });
}

void LateEngine::classify(std::span<const Tile> tiles, std::span<Scores> scores) {
    if (meanwhile_ && is_opening()) {
        if (times_.batches_meanwhile++ == 0) times_.from_ms = ms_since(start_);
        meanwhile_->classify(tiles, scores);
        times_.to_ms = ms_since(start_);
        return;
    }
    opened().classify(tiles, scores);
    meanwhile_.reset();
}

std::string LateEngine::device() const {
    return meanwhile_ ? meanwhile_->device() : opened().device();
}

bool LateEngine::is_opening() const {
    return opening_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
}

OpeningTimes LateEngine::times() const {
    OpeningTimes times = times_;
    if (!is_opening()) times.ms = opening_.get().ms;
    return times;
}

Engine& LateEngine::opened() const {
    if (is_opening()) {
        const auto start = Clock::now();
        opening_.wait();
        times_.waited_ms += ms_since(start);
    }
    const Opened& opened = opening_.get();
    if (opened.error) std::rethrow_exception(opened.error);
    return *opened.engine;
}

}  // namespace chiffre
