// late_engine.h -- an engine that is opened in a thread of its own while its user does something else. CUDA takes
// longer to start than a photo to decode.
#pragma once

#include <future>

#include "engine.h"

namespace chiffre {

class LateEngine final : public Engine {
  public:
    // Starts `open` at once. What it throws is thrown by whoever asks for the engine. The destructor waits for it.
    // Signals are left to the threads that were there before.
    explicit LateEngine(std::function<std::unique_ptr<Engine>()> open);

    // These wait until the engine is open.
    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override;
    std::string device() const override;

    // How long opening took, and how much of that somebody spent waiting for it. Waits until the engine is open.
    double opening_ms() const;
    double waited_ms() const { return waited_ms_; }

  private:
    struct Opened {
        std::unique_ptr<Engine> engine;
        double ms = 0;
    };
    const Opened& opened() const;

    std::shared_future<Opened> future_;
    mutable double waited_ms_ = 0;
};

}  // namespace chiffre
