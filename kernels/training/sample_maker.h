// sample_maker.h -- the samples of training, made on the GPU: shapes, tables and tiles stay in its memory.
#pragma once

#include <cstdint>
#include <memory>

#include "batch_share.h"
#include "training/sample_view.h"

struct CUstream_st;

namespace chiffre::cuda {

// Holds a plan's shapes and tables on the device that was current when it was made. make() allocates nothing, waits for
// nothing, and may be called from several threads at once.
class SampleMaker {
  public:
    // `samples` is of host memory and may go afterwards. Throws CudaError (cudaErrorMemoryAllocation where the device
    // has too little memory), std::invalid_argument where a kind's canvas is neither 32 nor 64 pixels wide or its
    // source not a multiple of 4.
    explicit SampleMaker(const training::SampleView& samples);
    SampleMaker(SampleMaker&&) noexcept;
    SampleMaker& operator=(SampleMaker&&) noexcept;
    ~SampleMaker();

    std::uint32_t per_epoch() const;

    // Writes tiles(count, 32, 32), aligned to 4 bytes, and labels(count), both in device memory: what stands at the
    // places `first` to first + count - 1 <= per_epoch() of the epoch's order, place j being sample permuted(j) of
    // shuffle.h. The same tiles however an epoch is cut. Asynchronous in `stream`, whose device must be this object's.
    // Throws CudaError where the launch fails, std::out_of_range where the epoch has fewer samples.
    void make(std::uint8_t* tiles, std::uint8_t* labels, std::uint32_t epoch, std::uint32_t first, std::uint32_t count,
              CUstream_st* stream) const;

    // The same of places that do not all stand side by side.
    void make(std::uint8_t* tiles, std::uint8_t* labels, std::uint32_t epoch, const Places& places,
              CUstream_st* stream) const;

  private:
    struct Held;
    std::unique_ptr<Held> held_;
};

}  // namespace chiffre::cuda
