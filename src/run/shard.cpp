// shard.cpp -- what shard.h promises.
#include "run/shard.h"

#include <charconv>

#include "error.h"

namespace chiffre {

std::uint64_t fnv1a(std::string_view bytes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    return hash;
}

bool Shard::holds(std::string_view path) const {
    if (count == 1) return true;
    const std::uint64_t hash = fnv1a(path);
    const auto folded = static_cast<std::uint32_t>(hash ^ (hash >> 32));
    return folded % count == index - 1;
}

Shard parse_shard(const std::string& text, const std::string& option) {
    Shard shard;
    const char* const end = text.data() + text.size();
    const auto index = std::from_chars(text.data(), end, shard.index);
    const bool divided = index.ec == std::errc{} && index.ptr != end && *index.ptr == '/';
    const auto count = divided ? std::from_chars(index.ptr + 1, end, shard.count) : index;
    if (!divided || count.ec != std::errc{} || count.ptr != end || shard.index < 1 || shard.index > shard.count)
        throw Error(ErrorCode::usage, option + ": expected I/N with I from 1 to N, found '" + text + "'");
    return shard;
}

}  // namespace chiffre
