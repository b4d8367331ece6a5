// cpu_engine.cpp -- a batch is cut into groups of one image per lane; the memory of one group serves them all.
#include "cpu_engine.h"

#include <algorithm>

#include "aligned.h"
#include "error.h"
#include "kernels.h"

namespace chiffre::cpu {
namespace {

static_assert(sizeof(Scores) == kClasses * sizeof(float), "kernels write scores as plain floats");

class CpuEngine final : public Engine {
  public:
    explicit CpuEngine(const Weights& weights) { kernels_.pack_forward(packed_.get(), weights.values.data()); }

    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override {
        if (tiles.size() != scores.size())
            throw Error(ErrorCode::usage, "classify: expected as many scores as tiles, " +
                                              std::to_string(tiles.size()) + ", found " +
                                              std::to_string(scores.size()));
        for (std::size_t first = 0; first < tiles.size(); first += lanes_)
            kernels_.forward(packed_.get(), tiles[first].ink.data(),
                             static_cast<int>(std::min(lanes_, tiles.size() - first)), activations_.get(),
                             scores[first].data());
    }

    std::string device() const override { return "cpu"; }

  private:
    const Kernels& kernels_ = chosen_kernels();
    std::size_t lanes_ = static_cast<std::size_t>(kernels_.lanes);
    AlignedFloats packed_ = aligned_floats(kParameters);
    AlignedFloats activations_ = aligned_floats(kActivations * lanes_);
};

}  // namespace

std::unique_ptr<Engine> open_cpu_engine(const Weights& weights) {
    return std::make_unique<CpuEngine>(weights);
}

}  // namespace chiffre::cpu
