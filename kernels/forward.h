// forward.h -- the whole of LeNet-5 in one kernel launch: tiles in, scores out. One class per precision, same manners:
// the object holds the weights in the kernel's own order on the device that was current when it was made; forward()
// allocates nothing, waits for nothing, and may be called from several threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

struct CUstream_st;

namespace chiffre::cuda {

// Shared memory of a block, in bytes: as much as the GPU allows. Less makes a pass behave as on a GPU that allows less.
inline constexpr std::size_t kAllSharedMemory = std::numeric_limits<std::size_t>::max();

// What a forward pass reads and where it writes. Pointers are to device memory, or to pinned host memory (then the
// kernel reads and writes over the bus).
struct ForwardBatch {
    const std::uint8_t* tiles = nullptr;  // (n, 32, 32) ink, aligned to 16 bytes
    float* scores = nullptr;              // (n, 10) logits
    std::uint8_t* top = nullptr;          // (n, k) digits, best first, of equal scores the smaller; null: not wanted
    int k = 0;                            // 1 to 10 where `top` is given
    std::int64_t n = 0;
};

// IEEE single precision, multiply-adds in the order of the CPU engine: the same bits as it gives where the CPU has
// fused multiply-adds.
class ForwardFp32 {
  public:
    // kParameters floats in lenet5.h's memory map, host memory. Throws CudaError.
    explicit ForwardFp32(const float* parameters, std::size_t most_shared_bytes = kAllSharedMemory);
    ForwardFp32(ForwardFp32&&) noexcept;
    ForwardFp32& operator=(ForwardFp32&&) noexcept;
    ~ForwardFp32();
    // Asynchronous in `stream`, whose device must be this object's. Throws CudaError where the launch fails.
    void forward(const ForwardBatch& batch, CUstream_st* stream) const;

  private:
    struct Packed;
    std::unique_ptr<Packed> packed_;
};

// 16-bit fixed point factors, exact sums, on the tensor cores: the scores agree with the CPU engine's to 5e-3. Members
// as ForwardFp32's.
class ForwardFp16 {
  public:
    explicit ForwardFp16(const float* parameters, std::size_t most_shared_bytes = kAllSharedMemory);
    ForwardFp16(ForwardFp16&&) noexcept;
    ForwardFp16& operator=(ForwardFp16&&) noexcept;
    ~ForwardFp16();
    void forward(const ForwardBatch& batch, CUstream_st* stream) const;

  private:
    struct Packed;
    std::unique_ptr<Packed> packed_;
};

}  // namespace chiffre::cuda
