// result_file.cpp -- by POSIX calls, which alone say why a write failed.
#include "run/result_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "atomic_file.h"
#include "error.h"

namespace chiffre {
namespace fs = std::filesystem;

static Error unwritable(const std::string& name, int reason) {
    return {ErrorCode::unwritable,
            name + ": expected to be able to write here, found: " + std::generic_category().message(reason)};
}

ResultFile::ResultFile(const std::string& output, std::string header, Earlier earlier)
    : name_(output.empty() ? "standard output" : output), header_(std::move(header)), target_(output) {
    if (output.empty()) {
        descriptor_ = STDOUT_FILENO;
        return;
    }
    std::error_code ignored;
    if (fs::is_symlink(target_, ignored))
        if (const fs::path real = fs::canonical(target_, ignored); !ignored) target_ = real;
    const fs::file_status status = fs::status(target_, ignored);
    if (fs::is_directory(status))
        throw Error(ErrorCode::unwritable, output + ": expected the name of a file to write, found a folder");
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        descriptor_ = open(target_.c_str(), O_WRONLY | O_CLOEXEC);
        if (descriptor_ < 0) throw unwritable(name_, errno);
        return;
    }
    if (earlier == Earlier::refuse && fs::exists(status))
        throw Error(ErrorCode::usage, output + ": expected a new file, found one that exists (--force overwrites)");
    partial_ = target_;
    partial_ += ".partial";
    try {
        open_partial(earlier);
    } catch (...) {
        if (descriptor_ >= 0) close(descriptor_);
        throw;
    }
    was_complete_ = earlier == Earlier::continue_ && size_ == 0 && fs::exists(status);
}

void ResultFile::open_partial(Earlier earlier) {
    struct stat here {
    }, there{};
    // Another run may have renamed the file between open() and flock().
    do {
        if (descriptor_ >= 0) close(descriptor_);
        descriptor_ = open(partial_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (descriptor_ < 0) throw unwritable(name_, errno);
        if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
            throw Error(ErrorCode::unwritable,
                        partial_.string() + ": expected no other run to write here, found one that does");
        if (fstat(descriptor_, &here) != 0) throw unwritable(name_, errno);
    } while (stat(partial_.c_str(), &there) != 0 || here.st_dev != there.st_dev || here.st_ino != there.st_ino);
    size_ = here.st_size;
    if (size_ == 0 || earlier == Earlier::continue_) return;
    if (earlier == Earlier::refuse)
        throw Error(ErrorCode::usage, partial_.string() + ": expected none, found the results of a run that did not " +
                                          "end (--resume goes on with it, --force begins anew)");
    keep(0);
}

ResultFile::~ResultFile() {
    if (descriptor_ < 0 || descriptor_ == STDOUT_FILENO) return;
    if (!partial_.empty() && size_ == 0) unlink(partial_.c_str());  // while it is locked
    close(descriptor_);
}

std::optional<std::string> ResultFile::earlier_records() const {
    return was_complete_ ? std::optional(target_.string()) : partial();
}

void ResultFile::keep(std::int64_t bytes) {
    if (was_complete_) return;
    if (ftruncate(descriptor_, bytes) != 0 || lseek(descriptor_, bytes, SEEK_SET) < 0) throw unwritable(name_, errno);
    size_ = bytes;
    if (size_ > 0) header_.clear();
}

void ResultFile::write(const std::string& record) {
    const std::string bytes = std::exchange(header_, "") + record;
    try {
        write_all(descriptor_, bytes, name_);
    } catch (const Error&) {
        if (!partial_.empty()) [[maybe_unused]]
            const int cut = ftruncate(descriptor_, size_);  // else --resume does it
        throw;
    }
    size_ += static_cast<std::int64_t>(bytes.size());
}

void ResultFile::exchange(char from, char to) {
    if (partial_.empty()) return;
    std::string bytes(1 << 16, '\0');
    for (off_t at = 0;;) {
        const ssize_t got = pread(descriptor_, bytes.data(), bytes.size(), at);
        if (got == 0) return;
        if (got > 0) std::replace(bytes.begin(), bytes.begin() + got, from, to);
        if (got < 0 || pwrite(descriptor_, bytes.data(), static_cast<std::size_t>(got), at) != got)
            throw unwritable(name_, errno);
        at += got;
    }
}

void ResultFile::finish() {
    if (was_complete_) return;
    write("");
    if (partial_.empty()) {
        // A network file system may report a full disk only when the file is closed.
        if (descriptor_ != STDOUT_FILENO && close(std::exchange(descriptor_, -1)) != 0) throw unwritable(name_, errno);
        return;
    }
    // Else a machine that loses its power now might keep the name and lose what it names.
    if (fdatasync(descriptor_) != 0 && errno != EINVAL && errno != ENOSYS) throw unwritable(name_, errno);
    if (std::rename(partial_.c_str(), target_.c_str()) != 0) throw unwritable(name_, errno);
    if (close(std::exchange(descriptor_, -1)) != 0) throw unwritable(name_, errno);
}

std::optional<std::string> ResultFile::partial() const {
    if (partial_.empty() || size_ == 0) return std::nullopt;
    return partial_.string();
}

}  // namespace chiffre
