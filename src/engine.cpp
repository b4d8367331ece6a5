// engine.cpp -- which engine stands behind a device.
#include "engine.h"

#include <charconv>

#include "cpu/cpu_engine.h"
#include "error.h"

namespace chiffre {

Device parse_device(const std::string& text) {
    if (text == "auto") return {Device::Kind::automatic, 0};
    if (text == "cpu") return {Device::Kind::cpu, 0};
    if (text == "cuda") return {Device::Kind::cuda, 0};
    constexpr std::string_view kPrefix = "cuda:";
    if (text.starts_with(kPrefix)) {
        Device device{Device::Kind::cuda, 0};
        const char* end = text.data() + text.size();
        const auto read = std::from_chars(text.data() + kPrefix.size(), end, device.index);
        if (read.ec == std::errc{} && read.ptr == end && device.index >= 0) return device;
    }
    throw Error(ErrorCode::usage, "device: expected auto, cpu, cuda or cuda:N, found '" + text + "'");
}

std::unique_ptr<Engine> open_engine(Device device, const Weights& weights, Precision) {
    if (device.kind == Device::Kind::cuda)
        throw Error(ErrorCode::no_device, "cuda:" + std::to_string(device.index) +
                                              ": expected a usable GPU, found that this build has no CUDA engine");
    return cpu::open_engine(weights);
}

}  // namespace chiffre
