// fallback_engine.h -- an engine that goes on on another one when its own fails: what `--device auto` means once the
// run has begun.
#pragma once

#include "engine.h"

namespace chiffre {

class FallbackEngine final : public Engine {
  public:
    using Open = std::function<std::unique_ptr<Engine>()>;

    // `open_substitute` is called when `primary` throws Error(no_device), at most once; `notice`, which may be empty,
    // is told so. A CUDA error sticks to the process, so the primary is not tried again.
    FallbackEngine(std::unique_ptr<Engine> primary, Open open_substitute, Notice notice);

    // The batch at which the primary fails is classified again, as a whole, by the substitute.
    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override;

    std::string device() const override { return engine_->device(); }

  private:
    std::unique_ptr<Engine> engine_;
    Open open_substitute_;  // empty: taken already
    Notice notice_;
};

}  // namespace chiffre
