// results.cpp -- figures to standard output or to a file.
#include "results.h"

#include <unistd.h>

#include <filesystem>

#include "error.h"

namespace chiffre {

Results::Results(const std::string& output, bool force) {
    if (output.empty()) return;
    std::error_code ignored;
    if (!force && std::filesystem::is_regular_file(output, ignored))
        throw Error(ErrorCode::usage, output + ": expected a new file, found one that exists (--force overwrites)");
    file_.emplace(output);
}

void Results::write(const std::string& text) {
    if (file_)
        file_->write(text);
    else
        write_all(STDOUT_FILENO, text, "standard output");
}

void Results::finish() {
    if (file_) file_->commit();
}

}  // namespace chiffre
