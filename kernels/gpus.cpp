// gpus.cpp -- what gpus.h promises, and what cuda_engine.h says of this machine and this build.
#include "gpus.h"

#include <cstdlib>

namespace chiffre::cuda {
namespace {

// The run-time counts 13010 for 13.1.
std::string version_text(int version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string described(cudaError_t status) {
    return std::string(cudaGetErrorString(status)) + " (" + cudaGetErrorName(status) + ")";
}

bool lacks_machine_code(cudaError_t status) {
    switch (status) {
        case cudaErrorNoKernelImageForDevice:
        case cudaErrorInvalidDeviceFunction:
        case cudaErrorUnsupportedPtxVersion:
        case cudaErrorJitCompilerNotFound:
        case cudaErrorJitCompilationDisabled:
            return true;
        default:
            return false;
    }
}

// "NVIDIA H200 (sm_90)"
std::string model(int index) {
    cudaDeviceProp properties{};
    if (cudaGetDeviceProperties(&properties, index) != cudaSuccess) return "an unknown GPU";
    return std::string(properties.name) + " (sm_" + std::to_string(properties.major) +
           std::to_string(properties.minor) + ")";
}

}  // namespace

Gpus none_because(cudaError_t status, int driver, int runtime) {
    if (status == cudaErrorStubLibrary || driver == 0)
        return {0, "expected a GPU and its driver, found no NVIDIA driver", false};
    if (status == cudaErrorInsufficientDriver)
        // A driver serves every run-time of its major version.
        return {0,
                "expected a driver for CUDA " + version_text(runtime / 1000 * 1000) + " or later, found one for CUDA " +
                    version_text(driver),
                true};
    if (status == cudaErrorNoDevice || status == cudaSuccess) {
        const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
        return {0,
                "expected a GPU, found none" +
                    (visible ? " with CUDA_VISIBLE_DEVICES='" + std::string(visible) + "'" : std::string()),
                false};
    }
    return {0, "expected a GPU that can be used, found: " + described(status), true};
}

Gpus find_gpus() {
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status == cudaSuccess && count > 0) return {count, "", false};
    static_cast<void>(cudaGetLastError());
    int driver = 0, runtime = 0;
    static_cast<void>(cudaDriverGetVersion(&driver));
    static_cast<void>(cudaRuntimeGetVersion(&runtime));
    return none_because(status, driver, runtime);
}

std::string build() {
    return version_text(CUDART_VERSION) + ", " CHIFFRE_CUDA_ARCHITECTURES;
}

std::string gpu_name(int index) {
    return "cuda:" + std::to_string(index);
}

void make_current(int index) {
    CUDA_CHECK(cudaSetDevice(index));
}

std::string why_not_opened(int index, const CudaError& error) {
    static_cast<void>(cudaGetLastError());
    std::string why = gpu_name(index) + ": expected ";
    if (lacks_machine_code(error.status()))
        return why + "a GPU that this build has machine code for (" CHIFFRE_CUDA_ARCHITECTURES "), found " +
               model(index);
    if (dynamic_cast<const PinnedMemoryError*>(&error) != nullptr)
        return why + "page-locked host memory for the tiles on their way, found too little";
    if (error.status() == cudaErrorMemoryAllocation) {
        constexpr std::size_t kMiB = std::size_t{1} << 20;
        std::size_t free_bytes = 0, all_bytes = 0;
        const bool known = cudaMemGetInfo(&free_bytes, &all_bytes) == cudaSuccess;
        static_cast<void>(cudaGetLastError());
        return why + "memory enough for the network on " + model(index) + ", found " +
               (known ? std::to_string(free_bytes / kMiB) + " of " + std::to_string(all_bytes / kMiB) + " MiB free"
                      : "too little to start");
    }
    return why + "a GPU that can be used, found: " + described(error.status());
}

std::string why_failed(int index, const CudaError& error) {
    static_cast<void>(cudaGetLastError());
    return gpu_name(index) + ": expected the GPU to go on working, found: " + described(error.status());
}

}  // namespace chiffre::cuda
