// results.cpp -- records to standard output or to a file.
#include "results.h"

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "error.h"

namespace chiffre {

Results::Results(const std::string& output, bool force, std::string header) : header_(std::move(header)) {
    if (output.empty()) return;
    std::error_code ignored;
    if (!force && std::filesystem::is_regular_file(output, ignored))
        throw Error(ErrorCode::usage, output + ": expected a new file, found one that exists (--force overwrites)");
    file_.emplace(output);
}

void Results::write(const std::string& record) {
    const std::string bytes = std::exchange(header_, "") + record;
    if (file_)
        file_->write(bytes);
    else
        write_all(STDOUT_FILENO, bytes, "standard output");
}

void Results::finish() {
    write("");
    if (file_) file_->commit();
}

std::optional<std::string> Results::keep_partial() {
    if (!file_) return std::nullopt;
    return file_->keep_partial().string();
}

}  // namespace chiffre
