// tile_ring.h -- the way of tiles from host memory through a forward pass and of their scores back, overlapped.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>

#include "device.cuh"
#include "forward.h"
#include "lenet5.h"
#include "tile.h"

namespace chiffre::cuda {

// Memory and streams for some chunks of tiles at once: while one is copied to the GPU another is computed. Everything
// is taken when the ring is made. One per thread.
//
//   up to limits.mapped     copied by the CPU into page-locked memory, which the kernel reads over the bus: no copy has
//                           to be started and waited for, and one photo's tiles are few
//   pageable memory         through the same page-locked memory in small chunks, copied by the CPU while the chunks
//                           before are on their way
//   page-locked memory      copied by the GPU straight from the caller's memory, in large chunks
//
// Scores come back through page-locked memory always: they are 26 times smaller than tiles.
class TileRing {
  public:
    // A forward pass of either precision.
    using Forward = std::function<void(const ForwardBatch&, cudaStream_t)>;

    // Numbers of tiles, from 1.
    struct Limits {
        std::size_t chunk = 8192;   // 8 MiB, 150 us of a bus of 55 GB/s: the cost of starting a copy does not show ...
        std::size_t fewest = 256;   // ... but where GPU memory is short the half of it, and so on down to this
        std::size_t staged = 1024;  // of a chunk from pageable memory; not above `chunk`
        std::size_t mapped = 512;   // a copy is started and waited for longer than the bus takes; not above `staged`
    };

    // On the current device. Runs one tile through `forward`, to see that it works. Throws CudaError, and that with
    // cudaErrorMemoryAllocation where not even the fewest tiles fit.
    TileRing(Forward forward, const Limits& limits);
    TileRing(const TileRing&) = delete;
    TileRing& operator=(const TileRing&) = delete;
    // Waits for what is under way.
    ~TileRing();

    // scores[i] = forward of tiles[i]; sizes are equal. Waits until all scores are there. Throws CudaError; then the
    // GPU does not touch the caller's memory any more.
    void run(std::span<const Tile> tiles, std::span<Scores> scores);

    // What memory was left for.
    const Limits& limits() const { return limits_; }

  private:
    struct Slot {
        Stream stream;
        Event done;
        Tile* staged_tiles = nullptr;     // page-locked, limits_.staged
        Scores* staged_scores = nullptr;  // page-locked, limits_.chunk
        Tile* tiles = nullptr;            // on the device, limits_.chunk
        Scores* scores = nullptr;
        std::span<Scores> wanted;  // where the scores under way go; empty: nothing is under way
        bool mapped = false;       // the kernel writes them straight to staged_scores
    };

    void take_device_memory();
    void start(Slot& slot, const Tile* page_locked, std::span<Scores> scores);
    void finish(Slot& slot);
    void abandon() noexcept;

    static constexpr int kSlots = 3;  // one chunk on its way there, one computed, one on its way back

    Forward forward_;
    Limits limits_;
    PinnedMemory<std::byte> pinned_;
    DeviceMemory<std::byte> device_;
    std::array<Slot, kSlots> slots_;
};

}  // namespace chiffre::cuda
