// number_text.cpp -- printf's formats as strings.
#include "number_text.h"

#include <cstdio>

namespace chiffre::training {

std::string percent_text(double share, const char* format) {
    char text[64];
    std::snprintf(text, sizeof text, format, 100 * share);
    return text;
}

std::string short_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

std::string clock_text(double seconds) {
    const auto whole = static_cast<long long>(seconds);
    char text[64];
    if (whole < 3600)
        std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
    else
        std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    return text;
}

}  // namespace chiffre::training
