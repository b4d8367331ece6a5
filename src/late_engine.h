// late_engine.h -- an engine that is opened in a thread of its own while its user does something else. CUDA takes
// longer to start than a photo to decode, and the CPU reads many photos in that time.
#pragma once

#include <chrono>
#include <future>
#include <optional>

#include "engine.h"

namespace chiffre {

// Milliseconds; points in time count from when opening began.
struct OpeningTimes {
    std::optional<double> ms = {};  // that opening took; none: it has not ended
    double waited_ms = 0;           // for it, by those who asked for the engine
    int batches_meanwhile = 0;      // that the other engine classified ...
    double from_ms = 0, to_ms = 0;  // ... and when
};

class LateEngine final : public Engine {
  public:
    using Open = std::function<std::unique_ptr<Engine>()>;

    // Starts `open` at once. What it throws is thrown by whoever asks for the engine. The destructor waits for it.
    // Signals are left to the threads that were there before. `meanwhile`, where there is one, classifies the batches
    // that come before the engine is open, so that nobody waits; the two should give the same scores.
    explicit LateEngine(Open open, std::unique_ptr<Engine> meanwhile = nullptr);

    // Without `meanwhile` these wait until the engine is open.
    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override;
    std::string device() const override;

    bool is_opening() const;
    // Waits until the engine is open.
    void wait() const { opened(); }
    OpeningTimes times() const;

  private:
    using Clock = std::chrono::steady_clock;
    struct Opened {
        std::unique_ptr<Engine> engine;
        std::exception_ptr error;  // in place of an engine
        double ms = 0;
    };
    Engine& opened() const;

    Clock::time_point start_ = Clock::now();
    std::unique_ptr<Engine> meanwhile_;  // until the first batch that it did not classify
    std::shared_future<Opened> opening_;
    mutable OpeningTimes times_;  // without ms
};

}  // namespace chiffre
