// gpu.cpp -- facts and events.
#include "gpu.h"

#include <dlfcn.h>

#include "cuda_engine.h"
#include "device.cuh"
#include "gpus.h"

namespace chiffre::cuda {

// The run-time knows the CUDA version of the driver, only its management library (NVML) the driver's own.
static std::string driver_version() {
    constexpr unsigned kMostCharacters = 80;  // NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE
    void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return "";
    const auto start = reinterpret_cast<int (*)()>(dlsym(library, "nvmlInit_v2"));
    const auto version = reinterpret_cast<int (*)(char*, unsigned)>(dlsym(library, "nvmlSystemGetDriverVersion"));
    const auto stop = reinterpret_cast<int (*)()>(dlsym(library, "nvmlShutdown"));
    char text[kMostCharacters] = "";
    if (start != nullptr && version != nullptr && stop != nullptr && start() == 0) {
        if (version(text, kMostCharacters) != 0) text[0] = '\0';
        stop();
    }
    dlclose(library);
    return text;
}

std::string use_gpu(int index) {
    const Gpus gpus = find_gpus();
    if (gpus.count == 0) return gpu_name(index) + ": " + gpus.why_none;
    try {
        make_current(index);
        CUDA_CHECK(cudaFree(nullptr));  // creates the context: before, nothing is known to work
    } catch (const CudaError& e) {
        return why_not_opened(index, e);
    }
    return "";
}

GpuFacts gpu_facts() {
    int index = 0;
    CUDA_CHECK(cudaGetDevice(&index));
    cudaDeviceProp properties{};
    CUDA_CHECK(cudaGetDeviceProperties(&properties, index));
    GpuFacts facts;
    facts.name = properties.name;
    facts.driver = driver_version();
    facts.capability_major = properties.major;
    facts.capability_minor = properties.minor;
    facts.multiprocessors = properties.multiProcessorCount;
    CUDA_CHECK(cudaDriverGetVersion(&facts.cuda_of_driver));
    facts.cuda_of_build = CUDART_VERSION;
    CUDA_CHECK(cudaMemGetInfo(&facts.free_bytes, &facts.memory_bytes));
    return facts;
}

double seconds_on_gpu(int times, const std::function<void(CUstream_st*)>& work) {
    const Stream stream = make_stream();
    const Event start = make_event(), end = make_event();
    CUDA_CHECK(cudaEventRecord(start.get(), stream.get()));
    for (int i = 0; i < times; ++i) work(stream.get());
    CUDA_CHECK(cudaEventRecord(end.get(), stream.get()));
    CUDA_CHECK(cudaEventSynchronize(end.get()));
    float ms = 0;
    CUDA_CHECK(cudaEventElapsedTime(&ms, start.get(), end.get()));
    return 1e-3 * static_cast<double>(ms);
}

}  // namespace chiffre::cuda
