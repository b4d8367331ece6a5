// nccl.h -- sums over several GPUs by NVIDIA's NCCL. The library (hundreds of MB) is looked for when it is asked for:
// neither building nor training on one GPU needs it.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

struct CUstream_st;

namespace chiffre::cuda {

inline constexpr const char* kNcclLibrary = "libnccl.so.2";

// Throws Error(no_device) where NCCL is missing, too old or lacks a function. Loads it.
void require_nccl(const std::string& library = kNcclLibrary);

class NcclError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Another GPU has failed, and with it the sum.
class SumAbandoned : public std::exception {
  public:
    const char* what() const noexcept override { return "another GPU has failed"; }
};

// Sums of what several GPUs, the members, hold each in its own memory. Each member is used by one thread at a time, and
// different ones must be used by different threads: what one waits for, another has to launch. All members take the
// same steps in the same order.
class GpuSum {
  public:
    // Tries it out once. Throws Error(no_device), NcclError and CudaError.
    explicit GpuSum(std::span<const int> gpus);

    // Graphs that hold an add_up() must be gone before.
    ~GpuSum();

    // values(count) of every member = their sum, the same bits on all. Asynchronous in `stream`; can be captured. The
    // order of a sum of two does not matter; that of more members follows the machine's links and is the same in every
    // run. Throws NcclError.
    void add_up(int member, float* values, std::size_t count, CUstream_st* stream);

    // Waits for `stream`. Throws CudaError, NcclError, and SumAbandoned after another member's give_up().
    void wait(int member, CUstream_st* stream);

    // After a failure: wait() no longer waits for anyone.
    void give_up() noexcept;

    // Ends what `member` still waits for on its GPU, after wait() has thrown one of the two last. Graphs as above.
    void abort(int member) noexcept;

  private:
    struct Held;
    std::unique_ptr<Held> held_;
};

}  // namespace chiffre::cuda
