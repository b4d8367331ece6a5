// engines.h -- the engines of the two networks that read photos (Networks in pipeline.h), a pair for each thread that
// reads at the same time as others.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine.h"
#include "late_engine.h"
#include "pipeline.h"
#include "weights.h"

namespace chiffre {

// Weights of the two networks that read.
struct ReadingWeights {
    Weights alone, context;
};

struct EnginePlan {
    Device device;
    Precision precision = Precision::fp32;
    bool several = false;  // photos are to be read
    std::shared_ptr<const ReadingWeights> weights;
    Notice notice;  // is told each line once, however many engines have the same to say
};

// A GPU takes longer to start than a photo to decode: it does so in the background. With Device::Kind::automatic and
// fp32 nobody waits for it. It is not started for one photo, which the CPU has read long before; of several, the CPU
// reads those that come before the GPU is ready, if its scores are the GPU's bit for bit: no result may depend on how
// soon that is. Several GPUs take turns: the pair of the n-th thread computes on the n-th of them.
class Engines {
    struct Pair;

  public:
    Engines();
    ~Engines();
    Engines(const Engines&) = delete;
    Engines& operator=(const Engines&) = delete;

    // Opens the first pair. Call it once. Throws Error(no_device, usage) as open_engine() does, where no GPU is waited
    // for.
    void open(EnginePlan plan);

    // A pair, for one thread alone as long as the object lives.
    class Seat {
      public:
        Seat(Engines& engines, Pair& pair) : engines_(engines), pair_(pair) {}
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;
        ~Seat() { engines_.give_back(pair_); }
        Engine& alone() const;
        Engine& context() const;

      private:
        Engines& engines_;
        Pair& pair_;
    };
    // One that nobody uses, opened where there is none. May be called from any thread. Throws as open() does.
    Seat take();

    // An engine is still being opened in the background.
    bool are_opening() const;
    // Waits until the first pair is open. Throws Error(no_device).
    void wait() const;
    // Of the network that sees candidates alone: when the first engine was open, and how it went for all of them;
    // nothing where none is opened in the background.
    std::optional<OpeningTimes> opening_times() const;
    // `automatic` did without a GPU because there is but one photo.
    bool spares_gpu() const { return spares_gpu_; }

  private:
    void give_back(Pair& pair);
    std::unique_ptr<Pair> open_pair(std::size_t number) const;
    std::unique_ptr<Engine> open_one(std::size_t number, bool context, LateEngine*& late) const;

    EnginePlan plan_;
    bool in_background_ = false, cpu_reads_meanwhile_ = false, spares_gpu_ = false;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Pair>> pairs_;
};

}  // namespace chiffre
