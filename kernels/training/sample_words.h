// sample_words.h -- four pixels in a word, and sums over the threads of a block. One text for the CPU and the GPU; on
// the CPU the threads of a block come one after the other.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "host_device.h"

namespace chiffre::cuda {

// Bytes from an address that is a multiple of four; the lowest address is the lowest byte.
CHIFFRE_HOST_DEVICE inline std::uint32_t load_word(const std::uint8_t* bytes) {
#ifdef __CUDA_ARCH__
    return *reinterpret_cast<const std::uint32_t*>(bytes);
#else
    std::uint32_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
#endif
}

CHIFFRE_HOST_DEVICE inline void store_word(std::uint8_t* bytes, std::uint32_t word) {
#ifdef __CUDA_ARCH__
    *reinterpret_cast<std::uint32_t*>(bytes) = word;
#else
    std::memcpy(bytes, &word, sizeof word);
#endif
}

// From an address that is a multiple of sixteen.
CHIFFRE_HOST_DEVICE inline std::array<float, 4> load_four(const float* values) {
#ifdef __CUDA_ARCH__
    const float4 four = *reinterpret_cast<const float4*>(values);
    return {four.x, four.y, four.z, four.w};
#else
    return {values[0], values[1], values[2], values[3]};
#endif
}

CHIFFRE_HOST_DEVICE inline std::uint32_t byte_of(std::uint32_t word, int i) {
    return word >> (8 * i) & 255;
}

#ifndef __CUDA_ARCH__
template <typename Choose>
std::uint32_t byte_by_byte(std::uint32_t a, std::uint32_t b, const Choose& choose) {
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i) word |= choose(byte_of(a, i), byte_of(b, i)) << (8 * i);
    return word;
}
#endif

CHIFFRE_HOST_DEVICE inline std::uint32_t max_bytes(std::uint32_t a, std::uint32_t b) {
#ifdef __CUDA_ARCH__
    return __vmaxu4(a, b);
#else
    return byte_by_byte(a, b, [](std::uint32_t x, std::uint32_t y) { return std::max(x, y); });
#endif
}

CHIFFRE_HOST_DEVICE inline std::uint32_t min_bytes(std::uint32_t a, std::uint32_t b) {
#ifdef __CUDA_ARCH__
    return __vminu4(a, b);
#else
    return byte_by_byte(a, b, [](std::uint32_t x, std::uint32_t y) { return std::min(x, y); });
#endif
}

// Every byte: (a * a_share + (b + c) * share + 128) / 256, where a_share + 2 * share <= 256, so that no sum leaves its
// 16 bits.
CHIFFRE_HOST_DEVICE inline std::uint32_t weigh_bytes(std::uint32_t a, std::uint32_t a_share, std::uint32_t b,
                                                     std::uint32_t c, std::uint32_t share) {
    constexpr std::uint32_t kEven = 0x00ff00ff, kHalf = 0x00800080;
    const std::uint32_t even = (a & kEven) * a_share + ((b & kEven) + (c & kEven)) * share + kHalf;
    const std::uint32_t odd = (a >> 8 & kEven) * a_share + ((b >> 8 & kEven) + (c >> 8 & kEven)) * share + kHalf;
    return (even >> 8 & kEven) | (odd & ~kEven);
}

// total |= value and total += value over all threads of the block: every thread of each warp has to come here.
CHIFFRE_HOST_DEVICE inline void or_into(std::uint32_t& total, std::uint32_t value) {
#ifdef __CUDA_ARCH__
#if __CUDA_ARCH__ >= 800
    value = __reduce_or_sync(0xffffffffu, value);
    if (threadIdx.x % 32 == 0) atomicOr(&total, value);
#else
    atomicOr(&total, value);
#endif
#else
    total |= value;
#endif
}

CHIFFRE_HOST_DEVICE inline void add_into(std::uint32_t& total, std::uint32_t value) {
#ifdef __CUDA_ARCH__
#if __CUDA_ARCH__ >= 800
    value = __reduce_add_sync(0xffffffffu, value);
    if (threadIdx.x % 32 == 0) atomicAdd(&total, value);
#else
    atomicAdd(&total, value);
#endif
#else
    total += value;
#endif
}

// The place of the lowest and one past the highest bit of (low, high), which are not both 0.
CHIFFRE_HOST_DEVICE inline int first_bit(std::uint32_t low, std::uint32_t high) {
#ifdef __CUDA_ARCH__
    return low != 0 ? __ffs(static_cast<int>(low)) - 1 : __ffs(static_cast<int>(high)) + 31;
#else
    return low != 0 ? __builtin_ctz(low) : __builtin_ctz(high) + 32;
#endif
}
CHIFFRE_HOST_DEVICE inline int bits_end(std::uint32_t low, std::uint32_t high) {
#ifdef __CUDA_ARCH__
    return high != 0 ? 64 - __clz(static_cast<int>(high)) : 32 - __clz(static_cast<int>(low));
#else
    return high != 0 ? 64 - __builtin_clz(high) : 32 - __builtin_clz(low);
#endif
}

}  // namespace chiffre::cuda
