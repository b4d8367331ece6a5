// cpu_engine.cpp -- the kernels behind the interface of engine.h. All memory is taken when the engine is opened.
#include "cpu_engine.h"

#include "aligned_floats.h"
#include "error.h"

namespace chiffre::cpu {
namespace {

class CpuEngine final : public Engine {
  public:
    CpuEngine(const Kernels& kernels, const Weights& weights)
        : kernels_(kernels),
          packed_(aligned_floats(kParameters)),
          workspace_(aligned_floats(kernels.classify_workspace)) {
        kernels_.pack(packed_.get(), weights.values.data());
    }

    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override {
        if (tiles.size() != scores.size())
            throw Error(ErrorCode::usage, "classify: expected scores for " + std::to_string(tiles.size()) +
                                              " tiles, found room for " + std::to_string(scores.size()));
        if (tiles.empty()) return;
        kernels_.classify(scores.data()->data(), tiles.data()->ink.data(), tiles.size(), packed_.get(),
                          workspace_.get());
    }

    std::string device() const override { return "cpu"; }

  private:
    const Kernels& kernels_;
    AlignedFloats packed_, workspace_;
};

}  // namespace

std::unique_ptr<Engine> open_engine(const Weights& weights, const Kernels& kernels) {
    return std::make_unique<CpuEngine>(kernels, weights);
}

}  // namespace chiffre::cpu
