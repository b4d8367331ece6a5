// gpus.h -- which GPU is current, and why one cannot be used, in words that help.
#pragma once

#include <string>

#include "cuda_engine.h"
#include "device.cuh"

namespace chiffre::cuda {

// "cuda:0"
std::string gpu_name(int index);

// What find_gpus() says where cudaGetDeviceCount gave `status` and no GPU. Versions are as the run-time counts, 13010
// for 13.1. Where there is no driver its version is 0, and the run-time calls that an insufficient driver too.
Gpus none_because(cudaError_t status, int driver, int runtime);

// Makes GPU `index` the calling thread's, and leaves it so: setting the former one again would, where nobody used it
// yet, start it. Throws CudaError.
void make_current(int index);

// "cuda:0: expected ..., found ...": of an error while GPU `index` was opened. Forgets the error where it does not
// stick.
std::string why_not_opened(int index, const CudaError& error);

// The same of an error while it worked.
std::string why_failed(int index, const CudaError& error);

}  // namespace chiffre::cuda
