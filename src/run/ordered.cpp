// ordered.cpp -- threads are counted by making them.
#include "run/ordered.h"

#include <latch>
#include <system_error>
#include <thread>
#include <vector>

namespace chiffre {

int threads_to_be_had(int wanted) {
    std::latch counted(1);
    std::vector<std::jthread> made;
    try {
        while (static_cast<int>(made.size()) + 1 < wanted) made.emplace_back([&] { counted.wait(); });
    } catch (const std::system_error&) {
        // that is the answer
    }
    counted.count_down();
    return static_cast<int>(made.size()) + 1;
}

}  // namespace chiffre
