// engine.cpp -- which engine stands behind a device.
#include "engine.h"

#include <algorithm>
#include <charconv>

#include "cpu/cpu_engine.h"
#include "cuda_engine.h"
#include "error.h"
#include "fallback_engine.h"

namespace chiffre {
namespace {

// "0,2,1"; empty where it is anything else.
std::vector<int> indices_of(std::string_view text) {
    std::vector<int> indices;
    const char *at = text.data(), *end = text.data() + text.size();
    while (true) {
        if (at == end || *at < '0' || *at > '9') return {};  // from_chars takes a sign, too
        int index = 0;
        const auto read = std::from_chars(at, end, index);
        if (read.ec != std::errc{} || std::count(indices.begin(), indices.end(), index) > 0) return {};
        indices.push_back(index);
        if (read.ptr == end) return indices;
        if (*read.ptr != ',') return {};
        at = read.ptr + 1;
    }
}

std::string name_of(int index) {
    return "cuda:" + std::to_string(index);
}

std::unique_ptr<Engine> open_automatic(const Weights& weights, Precision precision, const Notice& notice) {
    std::string why;  // empty: there is no GPU, and that is no news
    try {
        const cuda::Gpus gpus = cuda::find_gpus();
        if (gpus.count > 0) {
            const auto open_cpu = [weights] { return cpu::open_engine(weights); };
            return std::make_unique<FallbackEngine>(cuda::open_engine(0, weights, precision), open_cpu, notice);
        }
        if (gpus.broken) why = name_of(0) + ": " + gpus.why_none;
    } catch (const Error& e) {
        if (e.code() != ErrorCode::no_device) throw;
        why = e.what();
    }
    if (why.empty() && precision == Precision::fp16) why = "precision fp16: expected a GPU, found none";
    if (!why.empty() && notice) notice(why + "; reading on the CPU in fp32");
    return cpu::open_engine(weights);
}

}  // namespace

std::vector<int> gpus_of(const Device& device) {
    const cuda::Gpus gpus = cuda::find_gpus();
    std::vector<int> indices = device.indices;
    if (indices.empty())
        for (int i = 0; i < gpus.count; ++i) indices.push_back(i);
    if (gpus.count == 0)
        throw Error(ErrorCode::no_device,
                    (indices.empty() ? "cuda:all" : name_of(indices.front())) + ": " + gpus.why_none);
    for (const int index : indices)
        if (index >= gpus.count)
            throw Error(ErrorCode::no_device, name_of(index) + ": expected the index of a GPU that is here, found " +
                                                  (gpus.count == 1 ? "only cuda:0"
                                                                   : std::to_string(gpus.count) + " GPUs, cuda:0 to " +
                                                                         name_of(gpus.count - 1)));
    return indices;
}

Device parse_device(const std::string& text) {
    if (text == "auto") return {Device::Kind::automatic, {}};
    if (text == "cpu") return {Device::Kind::cpu, {}};
    if (text == "cuda") return {Device::Kind::cuda, {0}};
    if (text == "cuda:all") return {Device::Kind::cuda, {}};
    constexpr std::string_view kPrefix = "cuda:";
    if (text.starts_with(kPrefix)) {
        const std::vector<int> indices = indices_of(std::string_view(text).substr(kPrefix.size()));
        if (!indices.empty()) return {Device::Kind::cuda, indices};
    }
    throw Error(ErrorCode::usage,
                "device: expected auto, cpu, cuda, cuda:N, cuda:N,M or cuda:all, found '" + text + "'");
}

Precision parse_precision(const std::string& text) {
    if (text == "fp32") return Precision::fp32;
    if (text == "fp16") return Precision::fp16;
    throw Error(ErrorCode::usage, "precision: expected fp32 or fp16, found '" + text + "'");
}

std::unique_ptr<Engine> open_engine(const Device& device, const Weights& weights, Precision precision,
                                    const Notice& notice) {
    if (device.kind != Device::Kind::cuda) return std::move(open_engines(device, weights, precision, notice).front());
    return cuda::open_engine(gpus_of(device).front(), weights, precision);
}

std::vector<std::unique_ptr<Engine>> open_engines(const Device& device, const Weights& weights, Precision precision,
                                                  const Notice& notice) {
    std::vector<std::unique_ptr<Engine>> engines;
    switch (device.kind) {
        case Device::Kind::automatic:
            engines.push_back(open_automatic(weights, precision, notice));
            break;
        case Device::Kind::cpu:
            if (precision == Precision::fp16)
                throw Error(ErrorCode::usage, "precision fp16: expected a GPU to compute with it, found device cpu");
            engines.push_back(cpu::open_engine(weights));
            break;
        case Device::Kind::cuda:
            for (const int index : gpus_of(device)) engines.push_back(cuda::open_engine(index, weights, precision));
            break;
    }
    return engines;
}

std::string cuda_build() {
    return cuda::build();
}

}  // namespace chiffre
