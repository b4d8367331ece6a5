// cublas.cpp -- four functions of libcublas, found by dlopen. Their signatures have been the same since CUDA 6.
#include "cublas.h"

#include <dlfcn.h>

#include <stdexcept>

namespace chiffre::cuda {
namespace {

using Handle = void*;
constexpr int kSuccess = 0;    // CUBLAS_STATUS_SUCCESS
constexpr int kNotTurned = 0;  // CUBLAS_OP_N

struct CloseLibrary {
    void operator()(void* library) const { dlclose(library); }
};

// The folder of the toolkit that this was built with stands in CHIFFRE_CUDA_LIBRARY_DIR; it need not be on the loader's
// path.
void* load(const std::string& name) {
    if (void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
    return dlopen((CHIFFRE_CUDA_LIBRARY_DIR "/" + name).c_str(), RTLD_NOW | RTLD_LOCAL);
}

}  // namespace

struct Cublas::Library {
    std::unique_ptr<void, CloseLibrary> library;
    Handle handle = nullptr;
    int (*create)(Handle*) = nullptr;
    int (*destroy)(Handle) = nullptr;
    int (*set_stream)(Handle, CUstream_st*) = nullptr;
    int (*sgemm)(Handle, int, int, int, int, int, const float*, const float*, int, const float*, int, const float*,
                 float*, int) = nullptr;

    template <typename Function>
    bool find(Function& function, const char* name) {
        function = reinterpret_cast<Function>(dlsym(library.get(), name));
        return function != nullptr;
    }
    bool find_all() {
        return find(create, "cublasCreate_v2") && find(destroy, "cublasDestroy_v2") &&
               find(set_stream, "cublasSetStream_v2") && find(sgemm, "cublasSgemm_v2");
    }
    ~Library() {
        if (handle != nullptr) destroy(handle);
    }
};

Cublas::Cublas(std::unique_ptr<Library> library) : library_(std::move(library)) {}
Cublas::~Cublas() = default;

std::unique_ptr<Cublas> Cublas::open(std::string& why_not) {
    auto library = std::make_unique<Library>();
    for (const char* name : {"libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so"}) {
        library->library.reset(load(name));
        if (library->library) break;
    }
    if (!library->library) {
        why_not = "libcublas.so is not there";
        return nullptr;
    }
    if (!library->find_all()) {
        why_not = "libcublas.so lacks a function";
        return nullptr;
    }
    if (const int status = library->create(&library->handle); status != kSuccess) {
        library->handle = nullptr;
        why_not = "cublasCreate: status " + std::to_string(status);
        return nullptr;
    }
    return std::unique_ptr<Cublas>(new Cublas(std::move(library)));
}

// cuBLAS counts by columns: what it takes for b^T (n, p) is our b (p, n), and c^T = b^T a^T.
void Cublas::multiply(float* c, const float* a, const float* b, int n, int p, CUstream_st* stream) const {
    const float one = 1, zero = 0;
    int status = library_->set_stream(library_->handle, stream);
    if (status == kSuccess)
        status = library_->sgemm(library_->handle, kNotTurned, kNotTurned, n, n, p, &one, b, n, a, p, &zero, c, n);
    if (status != kSuccess) throw std::runtime_error("cublasSgemm: status " + std::to_string(status));
}

}  // namespace chiffre::cuda
