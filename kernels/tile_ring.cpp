// tile_ring.cpp -- what tile_ring.h promises.
#include "tile_ring.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstring>
#include <utility>

namespace chiffre::cuda {
namespace {

// A sleeping thread takes longer to wake than a photo's tiles take to be classified; spinning longer than a large chunk
// takes would only heat the core.
constexpr std::chrono::microseconds kSpin{200};

// Waits for `stream`. Neither asks for a way of waiting of the whole device, which others in the process may use, nor
// waits for other streams.
void wait(cudaStream_t stream, cudaEvent_t event) {
    const auto give_up = std::chrono::steady_clock::now() + kSpin;
    cudaError_t status = cudaStreamQuery(stream);
    if (status == cudaSuccess) return;
    while (status == cudaErrorNotReady && std::chrono::steady_clock::now() < give_up) status = cudaStreamQuery(stream);
    static_cast<void>(cudaGetLastError());  // "not ready" would be found by whoever checks a launch next
    if (status == cudaErrorNotReady) {
        CUDA_CHECK(cudaEventRecord(event, stream));
        status = cudaEventSynchronize(event);
    }
    check(status, "waiting for a stream", __FILE__, __LINE__);
}

// What a score in mapped memory is before the kernel writes it: a NaN that no arithmetic gives.
constexpr std::uint32_t kNotYet = 0xFFFFFFFF;

void mark_as_unwritten(std::span<Scores> scores) {
    std::memset(scores.data(), 0xFF, scores.size_bytes());
}

// Spins until the kernel has written all scores over the bus; false where that takes too long. They are there some
// microseconds before the stream says that the kernel has ended.
bool see_scores_arrive(std::span<Scores> scores) {
    const auto give_up = std::chrono::steady_clock::now() + kSpin;
    for (Scores& of_tile : scores)
        for (float& score : of_tile)
            while (std::bit_cast<std::uint32_t>(std::atomic_ref(score).load(std::memory_order_acquire)) == kNotYet)
                if (std::chrono::steady_clock::now() > give_up) return false;
    return true;
}

// Begins and ends in memory that the GPU copies from by itself; one array hardly has a hole between.
bool is_page_locked(std::span<const Tile> tiles) {
    const auto bytes = std::as_bytes(tiles);
    for (const std::byte* byte : {&bytes.front(), &bytes.back()}) {
        cudaPointerAttributes attributes{};
        CUDA_CHECK(cudaPointerGetAttributes(&attributes, byte));
        if (attributes.type != cudaMemoryTypeHost) return false;
    }
    return true;
}

}  // namespace

TileRing::TileRing(Forward forward, const Limits& limits)
    : forward_(std::move(forward)),
      limits_(limits),
      pinned_(pinned_memory<std::byte>(kSlots * (limits.staged * sizeof(Tile) + limits.chunk * sizeof(Scores)))) {
    // Tiles first: all of them stay aligned, whatever the limits.
    auto* tiles = reinterpret_cast<Tile*>(pinned_.get());
    auto* scores = reinterpret_cast<Scores*>(tiles + kSlots * limits.staged);
    for (Slot& slot : slots_) {
        slot.stream = make_stream();
        slot.done = make_event(cudaEventBlockingSync | cudaEventDisableTiming);
        slot.staged_tiles = std::exchange(tiles, tiles + limits.staged);
        slot.staged_scores = std::exchange(scores, scores + limits.chunk);
    }
    // Before the chunks take what memory there is: the kernel's code needs some as well.
    Scores unused;
    *slots_[0].staged_tiles = Tile{};
    start(slots_[0], slots_[0].staged_tiles, {&unused, 1});
    finish(slots_[0]);
    take_device_memory();
}

TileRing::~TileRing() {
    abandon();
}

// As much as there is, down to a little.
void TileRing::take_device_memory() {
    while (!device_) {
        try {
            device_ = device_memory<std::byte>(kSlots * limits_.chunk * (sizeof(Tile) + sizeof(Scores)));
        } catch (const CudaError& e) {
            if (e.status() != cudaErrorMemoryAllocation || limits_.chunk / 2 < limits_.fewest) throw;
            limits_.chunk /= 2;
        }
    }
    limits_.staged = std::min(limits_.staged, limits_.chunk);
    auto* tiles = reinterpret_cast<Tile*>(device_.get());
    auto* scores = reinterpret_cast<Scores*>(tiles + kSlots * limits_.chunk);
    for (Slot& slot : slots_) {
        slot.tiles = std::exchange(tiles, tiles + limits_.chunk);
        slot.scores = std::exchange(scores, scores + limits_.chunk);
    }
}

void TileRing::run(std::span<const Tile> tiles, std::span<Scores> scores) {
    const std::size_t n = tiles.size();
    try {
        // Asking costs a microsecond and pays where several chunks follow each other.
        const bool straight = n > limits_.staged && is_page_locked(tiles);
        const std::size_t chunk = straight ? limits_.chunk : limits_.staged;
        std::size_t turn = 0;
        for (std::size_t first = 0; first < n; first += chunk, ++turn) {
            Slot& slot = slots_[turn % kSlots];
            finish(slot);
            const std::span<const Tile> part = tiles.subspan(first, std::min(chunk, n - first));
            if (!straight) std::memcpy(slot.staged_tiles, part.data(), part.size_bytes());
            start(slot, straight ? part.data() : slot.staged_tiles, scores.subspan(first, part.size()));
        }
        for (int i = 0; i < kSlots; ++i, ++turn) finish(slots_[turn % kSlots]);  // the oldest first
    } catch (...) {
        abandon();
        throw;
    }
}

void TileRing::start(Slot& slot, const Tile* page_locked, std::span<Scores> scores) {
    const std::size_t n = scores.size();
    // The caller's memory may lie at an odd address, and be known to the GPU under another one; ours does not.
    const bool mapped = n <= limits_.mapped && page_locked == slot.staged_tiles;
    const cudaStream_t stream = slot.stream.get();
    slot.wanted = scores;
    slot.mapped = mapped;
    if (mapped) mark_as_unwritten({slot.staged_scores, n});
    if (!mapped) CUDA_CHECK(cudaMemcpyAsync(slot.tiles, page_locked, n * sizeof(Tile), cudaMemcpyHostToDevice, stream));
    ForwardBatch batch;
    batch.tiles = (mapped ? page_locked : slot.tiles)->ink.data();
    batch.scores = (mapped ? slot.staged_scores : slot.scores)->data();
    batch.n = static_cast<std::int64_t>(n);
    forward_(batch, stream);
    if (!mapped)
        CUDA_CHECK(
            cudaMemcpyAsync(slot.staged_scores, slot.scores, n * sizeof(Scores), cudaMemcpyDeviceToHost, stream));
}

void TileRing::finish(Slot& slot) {
    if (slot.wanted.empty()) return;
    if (!slot.mapped || !see_scores_arrive({slot.staged_scores, slot.wanted.size()}))
        wait(slot.stream.get(), slot.done.get());
    std::memcpy(slot.wanted.data(), slot.staged_scores, slot.wanted.size_bytes());
    slot.wanted = {};
}

// After an error, which every call repeats where it sticks; where it does not, copies out of the caller's memory may
// still be under way.
void TileRing::abandon() noexcept {
    for (Slot& slot : slots_) {
        if (slot.stream) static_cast<void>(cudaStreamSynchronize(slot.stream.get()));
        slot.wanted = {};
    }
}

}  // namespace chiffre::cuda
