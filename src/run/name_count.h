// name_count.h -- how many names a run will have, counted beside it for whoever waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>

#include "run/names.h"

namespace chiffre {

class NameCount {
  public:
    // Lists all that `sources` stand for, in a thread of its own. Nothing is counted where a list is no regular file:
    // it can be read but once.
    explicit NameCount(NameSources sources);

    // Nothing: not known, or not yet.
    std::optional<std::int64_t> total() const;

  private:
    static constexpr std::int64_t kUnknown = -1;
    std::atomic<std::int64_t> total_ = kUnknown;
    std::jthread thread_;  // last: it uses what stands above
};

}  // namespace chiffre
