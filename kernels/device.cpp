// device.cpp -- what device.cuh promises.
#include "device.cuh"

namespace chiffre::cuda {

CudaError::CudaError(cudaError_t status, const char* call, const char* file, int line)
    : std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + call + ": " +
                         cudaGetErrorString(status)),
      status_(status) {}

Stream make_stream() {
    cudaStream_t stream = nullptr;
    CUDA_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    return Stream(stream);
}

Event make_event(unsigned flags) {
    cudaEvent_t event = nullptr;
    CUDA_CHECK(cudaEventCreateWithFlags(&event, flags));
    return Event(event);
}

}  // namespace chiffre::cuda
