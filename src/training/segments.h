// segments.h -- which segments of a display stand for which digit; named as in data sheets: a top, then clockwise
// b c d e f, g in the middle.
#pragma once

#include <array>
#include <cstddef>

namespace chiffre::training::segments {

enum Segment : unsigned { a = 1, b = 2, c = 4, d = 8, e = 16, f = 32, g = 64 };

inline constexpr std::array<unsigned, 10> kDigits{
    a | b | c | d | e | f, b | c,     a | b | d | e | g,         a | b | c | d | g,    b | c | f | g, a | c | d | f | g,
    a | c | d | e | f | g, a | b | c, a | b | c | d | e | f | g, a | b | c | d | f | g};

// Some makers' forms of 6, 7 and 9: without a, with f, without d.
constexpr unsigned variant_of(int digit) {
    switch (digit) {
        case 6:
            return kDigits[6] & ~a;
        case 7:
            return kDigits[7] | f;
        case 9:
            return kDigits[9] & ~d;
        default:
            return kDigits[static_cast<std::size_t>(digit)];
    }
}

}  // namespace chiffre::training::segments
