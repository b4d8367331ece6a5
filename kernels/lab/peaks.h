// peaks.h -- the most that a GPU can do of one thing: the limits that every figure of `bench` is held against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

struct CUstream_st;

namespace chiffre::cuda {

// Each function launches work that needs nothing but the one resource, and returns how much of it that is. Nothing is
// waited for. Throws CudaError.
class Peaks {
  public:
    // On the current GPU. `bytes`: of each of the buffers that are copied; to pass the caches, several times the L2.
    explicit Peaks(std::size_t bytes);
    Peaks(Peaks&&) noexcept;
    Peaks& operator=(Peaks&&) noexcept;
    ~Peaks();

    double fma_fp32(CUstream_st* stream) const;        // FLOP; a multiply-add counts as two
    double tensor_int8(CUstream_st* stream) const;     // operations of mma.sync m16n8k32: bytes, 32-bit sums
    double exp2_fp32(CUstream_st* stream) const;       // results of ex2.approx.f32, one special function of many
    double device_copy(CUstream_st* stream) const;     // bytes read and bytes written
    double host_to_device(CUstream_st* stream) const;  // bytes, from pinned memory
    double device_to_host(CUstream_st* stream) const;  // bytes, to pinned memory

  private:
    struct Buffers;
    std::unique_ptr<Buffers> buffers_;
};

}  // namespace chiffre::cuda
