// without_cuda.cpp -- what cuda_engine.h promises, in a build that has no CUDA compiler.
#include "cuda_engine.h"
#include "error.h"

namespace chiffre::cuda {

Gpus find_gpus() {
    return {0, "expected a usable GPU, found that this build has no CUDA engine", false};
}

std::unique_ptr<Engine> open_engine(int index, const Weights&, Precision) {
    throw Error(ErrorCode::no_device, "cuda:" + std::to_string(index) + ": " + find_gpus().why_none);
}

std::string build() {
    return "";
}

}  // namespace chiffre::cuda
