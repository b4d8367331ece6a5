// shard.h -- which of N machines reads a photo: told by its path alone, so that they need not talk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chiffre {

// FNV-1a with 64 bits of the bytes of a path (Fowler, Noll and Vo; draft-eastlake-fnv).
std::uint64_t fnv1a(std::string_view bytes);

// The I-th of N shards, counted from 1. A path belongs to the one whose I - 1 is the rest of h / N, h being the halves
// of fnv1a(path) xored: alone its low bit is that of all bytes added, which would put all of "12/12.jpg", "13/13.jpg",
// ... into one shard of two.
struct Shard {
    std::uint32_t index = 1, count = 1;
    bool holds(std::string_view path) const;
};

// "I/N". Throws Error(usage), naming `option`, for anything else.
Shard parse_shard(const std::string& text, const std::string& option);

}  // namespace chiffre
