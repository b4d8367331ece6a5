// shell_quoted.cpp -- quotes only where the shell needs them.
#include "shell_quoted.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace chiffre::training {
namespace {

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_plain(char c) {
    constexpr std::string_view kPlain = "%+,-./:=@_";
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || kPlain.find(c) != std::string_view::npos;
}

std::string escaped(char c) {
    if (c == '\\' || c == '\'') return {'\\', c};
    if (!is_control(c)) return {c};
    char octal[8];
    std::snprintf(octal, sizeof octal, "\\%03o", static_cast<unsigned>(c));
    return octal;
}

}  // namespace

std::string shell_quoted(const std::string& text) {
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
    std::string quoted;
    if (std::any_of(text.begin(), text.end(), is_control)) {
        for (const char c : text) quoted += escaped(c);
        return "$'" + quoted + "'";
    }
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return "'" + quoted + "'";
}

}  // namespace chiffre::training
