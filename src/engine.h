// engine.h -- a LeNet-5 engine: tiles in, scores out, at batch granularity.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lenet5.h"
#include "tile.h"
#include "weights.h"

namespace chiffre {

struct Device {
    enum class Kind { automatic, cpu, cuda };
    Kind kind = Kind::automatic;
    std::vector<int> indices;  // Kind::cuda: of the GPUs, as the driver counts them; empty: all that are there
};

// Of the GPUs that `device`, of Kind::cuda, names. Throws Error(no_device) where one of them is not there.
std::vector<int> gpus_of(const Device& device);

// "auto", "cpu", "cuda" (the first GPU), "cuda:N", "cuda:N,M,..." or "cuda:all". Throws Error(usage) for anything else.
Device parse_device(const std::string& text);

// What a GPU multiplies with. fp32 gives the CPU engine's scores bit for bit where the CPU has fused multiply-adds (on
// x86 AVX2 or AVX-512), and to 2e-5 elsewhere. fp16 is faster, its scores agree with fp32's to 5e-3; the CPU
// engine has none.
enum class Precision { fp32, fp16 };

// "fp32" or "fp16". Throws Error(usage) for anything else.
Precision parse_precision(const std::string& text);

// One object per thread or stream; different objects may be used at the same time.
class Engine {
  public:
    virtual ~Engine() = default;

    // scores[i] = the ten logits of tiles[i]. The result for a tile does not depend on the batch it is in: every batch
    // gives the same bits on one device. Throws Error(usage) where the sizes differ, Error(no_device) where a GPU
    // fails.
    virtual void classify(std::span<const Tile> tiles, std::span<Scores> scores) = 0;

    // "cpu", "cuda:0": as the JSON reports it. Where an engine stands for several, what the last batch was classified
    // on.
    virtual std::string device() const = 0;
};

// Is told in one line, where `automatic` cannot have what it should have had, what it takes instead. It may be called
// from the thread that opens an engine and from one that uses it.
using Notice = std::function<void(const std::string& line)>;

// Throws Error(no_device) where `device` names a GPU that cannot be used, and Error(usage) for fp16 on the CPU by name.
// Of several GPUs the first is opened, but all must be there. `automatic` takes GPU 0, and where there is none the CPU
// without a word. Where there is one that cannot be used, or that fails later, it goes on on the CPU, with a notice;
// the batch at which a GPU fails is not lost.
std::unique_ptr<Engine> open_engine(const Device& device, const Weights& weights, Precision precision = Precision::fp32,
                                    const Notice& notice = {});

// One engine for each GPU that `device` names; for `automatic` and the CPU just one.
std::vector<std::unique_ptr<Engine>> open_engines(const Device& device, const Weights& weights,
                                                  Precision precision = Precision::fp32, const Notice& notice = {});

// The CUDA run-time and the GPU architectures of this build, "13.0, sm_80 sm_90 ..."; empty where it has no CUDA
// engine.
std::string cuda_build();

}  // namespace chiffre
