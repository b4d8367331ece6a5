// tally.h -- what became of the photos of a run, in numbers.
#pragma once

#include <cstdint>

#include "reading.h"

namespace chiffre {

struct Tally {
    std::int64_t read = 0;    // photos with digits
    std::int64_t empty = 0;   // photos without
    std::int64_t failed = 0;  // those that could not be read, and folders that could not be listed
    std::int64_t digits = 0;  // also rejected ones

    std::int64_t photos() const { return read + empty + failed; }

    void add_reading(std::int64_t found_digits) {
        ++(found_digits > 0 ? read : empty);
        digits += found_digits;
    }
};

inline std::int64_t digits_of(const Reading& reading) {
    std::int64_t digits = 0;
    for (const Row& row : reading.rows) digits += static_cast<std::int64_t>(row.digits.size());
    return digits;
}

}  // namespace chiffre
