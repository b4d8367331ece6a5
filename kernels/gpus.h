// gpus.h -- which GPU is current, and why one cannot be used, in words that help.
#pragma once

#include <string>

#include "device.cuh"

namespace chiffre::cuda {

// "cuda:0"
std::string gpu_name(int index);

// Makes GPU `index` the calling thread's, and leaves it so: setting the former one again would, where nobody used it
// yet, start it. Throws CudaError.
void make_current(int index);

// "cuda:0: expected ..., found ...": of an error while GPU `index` was opened. Forgets the error where it does not
// stick.
std::string why_not_opened(int index, const CudaError& error);

// The same of an error while it worked.
std::string why_failed(int index, const CudaError& error);

}  // namespace chiffre::cuda
