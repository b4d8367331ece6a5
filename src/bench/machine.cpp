// machine.cpp -- facts about the machine and its GPU; choose_gpu() of gpu.h.
#include "bench/machine.h"

#include <ctime>
#include <fstream>

#include "bench/crew.h"
#include "bench/gpu.h"
#include "error.h"
#ifdef CHIFFRE_HAS_CUDA
#include "lab/gpu.h"
#else
#include "cuda_engine.h"
#endif

namespace chiffre::bench {
namespace {

// The value of the first line "key : value" of a file of /proc; empty where there is none.
std::string proc_value(const char* path, const std::string& key) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(key)) {
            const std::size_t colon = line.find(": ");
            return colon == std::string::npos ? "" : line.substr(colon + 2);
        }
    return "";
}

std::string date_utc() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

#ifdef CHIFFRE_HAS_CUDA
std::string cuda_version(int version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}
#endif

}  // namespace

Facts machine_facts(int gpu_index) {
    const std::string model = proc_value("/proc/cpuinfo", "model name");
    Facts facts{{"program", std::string("bench ") + CHIFFRE_VERSION},
                {"date", date_utc()},
                {"cpu", model.empty() ? "unknown" : model},
                {"cores", std::to_string(core_count())}};
    if (gpu_index == kNoGpu) {
        facts.emplace_back("gpu", "none");
        return facts;
    }
#ifdef CHIFFRE_HAS_CUDA
    const cuda::GpuFacts gpu = cuda::gpu_facts();
    facts.emplace_back("gpu", gpu.name + ", " + std::to_string(gpu.multiprocessors) + " multiprocessors, " +
                                  std::to_string(gpu.memory_bytes >> 20) + " MiB");
    facts.emplace_back("driver", gpu.driver.empty() ? "unknown" : gpu.driver);
    facts.emplace_back(
        "cuda", "built with " + cuda_version(gpu.cuda_of_build) + ", driver has " + cuda_version(gpu.cuda_of_driver));
#endif
    return facts;
}

std::string comment_lines(const Facts& facts) {
    std::string text;
    for (const auto& [name, value] : facts) text.append("# ").append(name).append(": ").append(value).append("\n");
    return text;
}

GpuChoice choose_gpu(const Device& device) {
    if (device.kind == Device::Kind::cpu) return {kNoGpu, "expected a GPU, found --device cpu"};
    const int index = device.indices.empty() ? 0 : device.indices.front();  // one GPU is measured
#ifdef CHIFFRE_HAS_CUDA
    const std::string why_not = cuda::use_gpu(index);
    if (why_not.empty()) return {index, ""};
#else
    const std::string why_not = "cuda:" + std::to_string(index) + ": " + cuda::find_gpus().why_none;
#endif
    if (device.kind == Device::Kind::cuda) throw Error(ErrorCode::no_device, why_not);
    return {kNoGpu, why_not};
}

}  // namespace chiffre::bench
