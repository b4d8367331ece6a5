// name_count.cpp -- what name_count.h promises.
#include "run/name_count.h"

#include <algorithm>
#include <filesystem>

namespace chiffre {

NameCount::NameCount(NameSources sources) {
    const auto can_be_read_twice = [](const std::string& list) {
        std::error_code ignored;
        return std::filesystem::is_regular_file(list, ignored);
    };
    if (!std::all_of(sources.lists.begin(), sources.lists.end(), can_be_read_twice)) return;
    thread_ = std::jthread([this, all = std::move(sources)](const std::stop_token& stop) {
        try {
            Names names(all);
            std::int64_t count = 0;
            while (names.next()) {
                if (stop.stop_requested()) return;
                ++count;
            }
            total_ = count;
        } catch (const std::exception&) {
            // whoever reads the photos meets the same, and says so
        }
    });
}

std::optional<std::int64_t> NameCount::total() const {
    const std::int64_t total = total_;
    return total == kUnknown ? std::nullopt : std::optional(total);
}

}  // namespace chiffre
