// fake_cuda_engine.cpp -- in place of kernels/cuda_engine.cpp, linked into a second analyze: a GPU that behaves as the
// environment variable CHIFFRE_FAKE_GPU says, and where it works gives the CPU's scores.
//
//   none, old-driver      what find_gpus() finds
//   no-memory             it cannot be opened
//   fails-at:N            it opens, and the N-th batch breaks it (from 1)
//   works
//
// The driver has started when the file exists that CHIFFRE_FAKE_GPU_STARTS_WITH names, where that is set.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "cpu/cpu_engine.h"
#include "cuda_engine.h"
#include "error.h"

namespace chiffre::cuda {
namespace {

std::string behaviour() {
    const char* text = std::getenv("CHIFFRE_FAKE_GPU");
    return text ? text : "none";
}

void start() {
    constexpr auto kLongest = std::chrono::seconds(60);  // so that a test that goes wrong comes to an end
    const char* file = std::getenv("CHIFFRE_FAKE_GPU_STARTS_WITH");
    const auto begun = std::chrono::steady_clock::now();
    while (file && !std::filesystem::exists(file) && std::chrono::steady_clock::now() - begun < kLongest)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

class FakeGpu final : public Engine {
  public:
    FakeGpu(std::string device, const Weights& weights, int good)
        : device_(std::move(device)), cpu_(cpu::open_engine(weights)), good_(good) {}
    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override {
        if (good_-- <= 0) {
            for (Scores& score : scores) score.fill(9e9f);  // half-written, say
            throw Error(ErrorCode::no_device, device_ + ": expected the GPU to go on working, found: injected");
        }
        cpu_->classify(tiles, scores);
    }
    std::string device() const override { return device_; }

  private:
    std::string device_;
    std::unique_ptr<Engine> cpu_;
    int good_;
};

}  // namespace

Gpus find_gpus() {
    start();
    if (behaviour() == "none") return {0, "expected a GPU and its driver, found no NVIDIA driver", false};
    if (behaviour() == "old-driver")
        return {0, "expected a driver for CUDA 13.0 or later, found one for CUDA 11.4", true};
    return {2, "", false};
}

std::unique_ptr<Engine> open_engine(int index, const Weights& weights, Precision) {
    const std::string device = "cuda:" + std::to_string(index);
    if (behaviour() == "no-memory")
        throw Error(ErrorCode::no_device, device + ": expected memory enough for the network, found 3 of 100 MiB free");
    constexpr std::string_view kFails = "fails-at:";
    const bool fails = behaviour().starts_with(kFails);
    return std::make_unique<FakeGpu>(device, weights,
                                     fails ? std::stoi(behaviour().substr(kFails.size())) - 1 : 1 << 30);
}

std::string build() {
    return "0.0, sm_00";
}

}  // namespace chiffre::cuda
