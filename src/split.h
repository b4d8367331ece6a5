// split.h -- the parts of a text between separators, empty ones included: "a,,b" is three.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chiffre {

inline std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text)
        if (c == separator)
            parts.emplace_back();
        else
            parts.back() += c;
    return parts;
}

}  // namespace chiffre
