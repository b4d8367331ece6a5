// nccl.cpp -- nine functions of libnccl, found by dlopen. Their signatures have been the same since NCCL 2.4.
#include "nccl.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "device.cuh"
#include "error.h"
#include "lenet5.h"

namespace chiffre::cuda {
namespace {

using Communicator = void*;  // ncclComm_t
constexpr int kSuccess = 0;  // ncclSuccess
constexpr int kFloat32 = 7;  // ncclFloat32
constexpr int kSum = 0;      // ncclSum

// The first whose sums can be captured in a graph. NCCL counts 20903 for 2.9.3, and before 2.9 2804 for 2.8.4.
constexpr int kOldest = 20'900;

std::string version_text(int version) {
    const int unit = version >= 10'000 ? 100 : 10;
    return std::to_string(version / (unit * 100)) + "." + std::to_string(version / 100 % (unit == 100 ? 100 : 10)) +
           "." + std::to_string(version % 100);
}

class Library {
  public:
    explicit Library(const std::string& name) : name_(name), handle_(load(name)) {
        if (handle_ == nullptr)
            throw Error(ErrorCode::no_device, "expected " + name + " (NCCL) for several GPUs, found none");
        find(version_of, "ncclGetVersion");
        int version = 0;
        if (version_of(&version) != kSuccess || version < kOldest)
            throw Error(ErrorCode::no_device, name + ": expected NCCL " + version_text(kOldest) + " or later, found " +
                                                  version_text(version));
        find(open_all, "ncclCommInitAll");
        find(close, "ncclCommDestroy");
        find(abort, "ncclCommAbort");
        find(async_error, "ncclCommGetAsyncError");
        find(all_reduce, "ncclAllReduce");
        find(begin_group, "ncclGroupStart");
        find(end_group, "ncclGroupEnd");
        find(text_of, "ncclGetErrorString");
    }

    void check(int status, const char* function) const {
        if (status != kSuccess) throw NcclError(std::string(function) + ": " + text_of(status));
    }

    int (*version_of)(int*) = nullptr;
    int (*open_all)(Communicator*, int, const int*) = nullptr;
    int (*close)(Communicator) = nullptr;
    int (*abort)(Communicator) = nullptr;
    int (*async_error)(Communicator, int*) = nullptr;
    int (*all_reduce)(const void*, void*, std::size_t, int, int, Communicator, CUstream_st*) = nullptr;
    int (*begin_group)() = nullptr;
    int (*end_group)() = nullptr;
    const char* (*text_of)(int) = nullptr;

  private:
    // It stays loaded: it has threads of its own. The folder of the toolkit that this was built with stands in
    // CHIFFRE_CUDA_LIBRARY_DIR; it need not be on the loader's path.
    static void* load(const std::string& name) {
        if (void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
        return dlopen((CHIFFRE_CUDA_LIBRARY_DIR "/" + name).c_str(), RTLD_NOW | RTLD_LOCAL);
    }

    template <typename Function>
    void find(Function& function, const char* name) {
        function = reinterpret_cast<Function>(dlsym(handle_, name));
        if (function == nullptr)
            throw Error(ErrorCode::no_device, name_ + ": expected NCCL with " + name + ", found none");
    }

    std::string name_;
    void* handle_;
};

// A ring adds up in the same order in every run, and all GPUs get the one result. The links' switch adds up in an order
// that nobody documents. What the user has set stays.
void ask_for_rings() {
    setenv("NCCL_ALGO", "Ring", 0);
    setenv("NCCL_NVLS_ENABLE", "0", 0);
}

}  // namespace

struct GpuSum::Held {
    explicit Held(std::span<const int> its_gpus)
        : library(kNcclLibrary), gpus(its_gpus.begin(), its_gpus.end()), communicators(gpus.size()) {}

    Library library;
    std::vector<int> gpus;
    std::vector<Communicator> communicators;
    std::atomic<bool> given_up = false;

    // Sums ones, as many as there will be gradients: NCCL connects the GPUs at the first sum.
    void try_out() {
        std::vector<DeviceMemory<float>> values(gpus.size());
        std::vector<Stream> streams(gpus.size());
        const std::vector<float> ones(kParameters, 1.0f);
        for (std::size_t i = 0; i < gpus.size(); ++i) {
            CUDA_CHECK(cudaSetDevice(gpus[i]));
            values[i] = to_device(ones.data(), ones.size());
            streams[i] = make_stream();
        }
        library.check(library.begin_group(), "ncclGroupStart");
        for (std::size_t i = 0; i < gpus.size(); ++i)
            library.check(library.all_reduce(values[i].get(), values[i].get(), ones.size(), kFloat32, kSum,
                                             communicators[i], streams[i].get()),
                          "ncclAllReduce");
        library.check(library.end_group(), "ncclGroupEnd");
        for (std::size_t i = 0; i < gpus.size(); ++i) {
            CUDA_CHECK(cudaSetDevice(gpus[i]));
            CUDA_CHECK(cudaStreamSynchronize(streams[i].get()));
            std::vector<float> sums(ones.size());
            CUDA_CHECK(cudaMemcpy(sums.data(), values[i].get(), sums.size() * sizeof(float), cudaMemcpyDeviceToHost));
            if (sums != std::vector<float>(ones.size(), static_cast<float>(gpus.size())))
                throw NcclError("a sum of ones that is not their number");
        }
    }
};

void require_nccl(const std::string& library) {
    Library{library};
}

GpuSum::GpuSum(std::span<const int> gpus) {
    ask_for_rings();
    held_ = std::make_unique<Held>(gpus);
    Held& held = *held_;
    held.library.check(
        held.library.open_all(held.communicators.data(), static_cast<int>(held.gpus.size()), held.gpus.data()),
        "ncclCommInitAll");
    held.try_out();
}

GpuSum::~GpuSum() {
    // After a failure what is left of a communicator could wait for what never comes; the process ends anyway.
    if (held_->given_up) return;
    for (Communicator communicator : held_->communicators) static_cast<void>(held_->library.close(communicator));
}

void GpuSum::add_up(int member, float* values, std::size_t count, CUstream_st* stream) {
    held_->library.check(
        held_->library.all_reduce(values, values, count, kFloat32, kSum, held_->communicators[member], stream),
        "ncclAllReduce");
}

void GpuSum::wait(int member, CUstream_st* stream) {
    while (true) {
        const cudaError_t status = cudaStreamQuery(stream);
        if (status == cudaSuccess) return;
        if (status != cudaErrorNotReady) check(status, "cudaStreamQuery", __FILE__, __LINE__);
        static_cast<void>(cudaGetLastError());
        if (held_->given_up) throw SumAbandoned();
        int fault = kSuccess;
        held_->library.check(held_->library.async_error(held_->communicators[member], &fault), "ncclCommGetAsyncError");
        held_->library.check(fault, "ncclAllReduce");
        std::this_thread::yield();
    }
}

void GpuSum::give_up() noexcept {
    held_->given_up = true;
}

void GpuSum::abort(int member) noexcept {
    give_up();
    static_cast<void>(held_->library.abort(held_->communicators[member]));
}

}  // namespace chiffre::cuda
