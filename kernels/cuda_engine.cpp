// cuda_engine.cpp -- the forward pass of one precision and the ring that feeds it, behind the interface of engine.h.
#include "cuda_engine.h"

#include <memory>

#include "error.h"
#include "forward.h"
#include "gpus.h"
#include "tile_ring.h"

namespace chiffre::cuda {
namespace {

template <typename ForwardPass>
TileRing::Forward forward_of(const Weights& weights) {
    const auto pass = std::make_shared<const ForwardPass>(weights.values.data());
    return [pass](const ForwardBatch& batch, cudaStream_t stream) { pass->forward(batch, stream); };
}

class CudaEngine final : public Engine {
  public:
    // With the current GPU, which is `index`.
    CudaEngine(int index, const Weights& weights, Precision precision)
        : index_(index),
          ring_(std::make_unique<TileRing>(
              precision == Precision::fp16 ? forward_of<ForwardFp16>(weights) : forward_of<ForwardFp32>(weights),
              TileRing::Limits{})) {}
    CudaEngine(const CudaEngine&) = delete;
    CudaEngine& operator=(const CudaEngine&) = delete;
    ~CudaEngine() override {
        try {
            make_current(index_);
        } catch (const CudaError&) {  // then giving back fails as well
        }
        ring_.reset();
    }

    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override {
        if (tiles.size() != scores.size())
            throw Error(ErrorCode::usage, "classify: expected scores for " + std::to_string(tiles.size()) +
                                              " tiles, found room for " + std::to_string(scores.size()));
        if (tiles.empty()) return;
        try {
            make_current(index_);
            ring_->run(tiles, scores);
        } catch (const CudaError& e) {
            throw Error(ErrorCode::no_device, why_failed(index_, e));
        }
    }

    std::string device() const override { return gpu_name(index_); }

  private:
    int index_;
    std::unique_ptr<TileRing> ring_;
};

}  // namespace

std::unique_ptr<Engine> open_engine(int index, const Weights& weights, Precision precision) {
    try {
        make_current(index);
        return std::make_unique<CudaEngine>(index, weights, precision);
    } catch (const CudaError& e) {
        throw Error(ErrorCode::no_device, why_not_opened(index, e));
    }
}

}  // namespace chiffre::cuda
