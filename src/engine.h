// engine.h -- a LeNet-5 engine: tiles in, scores out, at batch granularity.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "lenet5.h"
#include "tile.h"
#include "weights.h"

namespace chiffre {

struct Device {
    enum class Kind { automatic, cpu, cuda };
    Kind kind = Kind::automatic;
    int index = 0;  // of the GPU
};

// "auto", "cpu", "cuda" or "cuda:N". Throws Error(usage) for anything else.
Device parse_device(const std::string& text);

enum class Precision { fp32, fp16 };

// One object per thread or stream; different objects may be used at the same time.
class Engine {
  public:
    virtual ~Engine() = default;

    // scores[i] = the ten logits of tiles[i]. The result for a tile does not depend on the batch it is in: every batch
    // gives the same bits on one device. Throws Error(usage) where the sizes differ.
    virtual void classify(std::span<const Tile> tiles, std::span<Scores> scores) = 0;

    // "cpu", "cuda:0": as the JSON reports it.
    virtual std::string device() const = 0;
};

// Throws Error(no_device) where `device` names a GPU that cannot be used. `automatic` takes CUDA where a usable GPU is
// present, else the CPU.
std::unique_ptr<Engine> open_engine(Device device, const Weights& weights, Precision precision = Precision::fp32);

}  // namespace chiffre
