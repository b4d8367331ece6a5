// device.cuh -- the CUDA run-time with C++ manners: errors are exceptions, what is taken is given back.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

namespace chiffre::cuda {

// A CUDA call that failed. Sticky errors (an illegal address, a lost device) make every later call of the process on
// that device fail too; nothing but a new process mends them.
class CudaError : public std::runtime_error {
  public:
    CudaError(cudaError_t status, const char* call, const char* file, int line);
    cudaError_t status() const { return status_; }

  private:
    cudaError_t status_;
};

// Page-locked host memory was not to be had: the run-time says no more than "out of memory", as for the GPU's.
class PinnedMemoryError : public CudaError {
  public:
    using CudaError::CudaError;
};

inline void check(cudaError_t status, const char* call, const char* file, int line) {
    if (status == cudaSuccess) return;
    // The run-time keeps a failure for whoever asks next, after a launch of his own; as an exception it is dealt with.
    static_cast<void>(cudaGetLastError());
    throw CudaError(status, call, file, line);
}
#define CUDA_CHECK(call) ::chiffre::cuda::check((call), #call, __FILE__, __LINE__)

template <typename Integer>
constexpr Integer ceil_div(Integer a, Integer b) {
    return (a + b - 1) / b;
}

// Memory of the current device, of pinned host memory, a stream, an event: owned by one object each. Destructors do not
// throw: after a sticky error giving back fails, and there is nothing to be done about it.
struct FreeDevice {
    void operator()(void* memory) const { static_cast<void>(cudaFree(memory)); }
};
struct FreeHost {
    void operator()(void* memory) const { static_cast<void>(cudaFreeHost(memory)); }
};
struct DestroyStream {
    void operator()(CUstream_st* stream) const { static_cast<void>(cudaStreamDestroy(stream)); }
};
struct DestroyEvent {
    void operator()(CUevent_st* event) const { static_cast<void>(cudaEventDestroy(event)); }
};
template <typename T>
using DeviceMemory = std::unique_ptr<T[], FreeDevice>;
template <typename T>
using PinnedMemory = std::unique_ptr<T[], FreeHost>;
using Stream = std::unique_ptr<CUstream_st, DestroyStream>;
using Event = std::unique_ptr<CUevent_st, DestroyEvent>;

// Not initialized. Throws CudaError (cudaErrorMemoryAllocation where there is too little).
template <typename T>
DeviceMemory<T> device_memory(std::size_t count) {
    void* memory = nullptr;
    CUDA_CHECK(cudaMalloc(&memory, count * sizeof(T)));
    return DeviceMemory<T>(static_cast<T*>(memory));
}
// Page-locked and mapped: copies to and from it are asynchronous, and kernels can reach it under the same address.
template <typename T>
PinnedMemory<T> pinned_memory(std::size_t count) {
    void* memory = nullptr;
    const cudaError_t status = cudaHostAlloc(&memory, count * sizeof(T), cudaHostAllocMapped | cudaHostAllocPortable);
    if (status == cudaErrorMemoryAllocation) {
        static_cast<void>(cudaGetLastError());
        throw PinnedMemoryError(status, "cudaHostAlloc", __FILE__, __LINE__);
    }
    check(status, "cudaHostAlloc", __FILE__, __LINE__);
    return PinnedMemory<T>(static_cast<T*>(memory));
}
// Does not wait for the default stream, nor that for it.
Stream make_stream();
Event make_event(unsigned flags = cudaEventDefault);

// count values from host memory on the device; waits until they are there.
template <typename T>
DeviceMemory<T> to_device(const T* values, std::size_t count) {
    DeviceMemory<T> memory = device_memory<T>(count);
    CUDA_CHECK(cudaMemcpy(memory.get(), values, count * sizeof(T), cudaMemcpyHostToDevice));
    // From pageable memory cudaMemcpy returns once it has read all, not once all has arrived, and streams that do not
    // wait for the default one would not wait for the rest.
    CUDA_CHECK(cudaStreamSynchronize(cudaStreamLegacy));
    return memory;
}

}  // namespace chiffre::cuda
