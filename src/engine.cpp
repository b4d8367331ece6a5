// engine.cpp -- from a device's name to an engine.
#include "engine.h"

#include <charconv>

#include "cpu/cpu_engine.h"
#include "error.h"

namespace chiffre {

Device parse_device(const std::string& text) {
    if (text == "auto") return {};
    if (text == "cpu") return {Device::Kind::cpu, 0};
    if (text == "cuda") return {Device::Kind::cuda, 0};
    const std::string prefix = "cuda:";
    if (text.starts_with(prefix)) {
        int index = -1;
        const char* end = text.data() + text.size();
        const auto [rest, failure] = std::from_chars(text.data() + prefix.size(), end, index);
        if (failure == std::errc{} && rest == end && index >= 0) return {Device::Kind::cuda, index};
    }
    throw Error(ErrorCode::usage, "--device: expected auto, cpu, cuda or cuda:N, found '" + text + "'");
}

std::unique_ptr<Engine> open_engine(Device device, const Weights& weights, Precision) {
    if (device.kind == Device::Kind::cuda)
        throw Error(ErrorCode::no_device, "--device: expected a CUDA device, found a build without the CUDA engine");
    return cpu::open_cpu_engine(weights);
}

}  // namespace chiffre
