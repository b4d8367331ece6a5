// atomic_file.cpp -- temporary name and rename, by POSIX calls because iostreams lose the reason of a failed write.
#include "atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "error.h"

namespace chiffre {
namespace fs = std::filesystem;

static Error unwritable(const std::string& name, int reason) {
    return {ErrorCode::unwritable,
            name + ": expected to be able to write here, found: " + std::generic_category().message(reason)};
}

// A new file beside `target`, opened for writing. The process id keeps two runs apart; the counter steps over what an
// earlier process of the same id left behind.
static std::pair<fs::path, int> open_beside(const fs::path& target) {
    for (int attempt = 0;; ++attempt) {
        fs::path name = target;
        name += "." + std::to_string(getpid()) + "-" + std::to_string(attempt) + ".tmp";
        const int descriptor = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0) return {name, descriptor};
        if (errno != EEXIST) throw unwritable(target.string(), errno);
    }
}

AtomicFile::AtomicFile(const fs::path& target) : target_(target) {
    std::error_code ignored;
    if (fs::is_symlink(target_, ignored))
        if (const fs::path real = fs::canonical(target_, ignored); !ignored) target_ = real;

    const fs::file_status status = fs::status(target_, ignored);
    if (fs::is_directory(status))
        throw Error(ErrorCode::unwritable, target.string() + ": expected the name of a file to write, found a folder");
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        descriptor_ = open(target_.c_str(), O_WRONLY | O_CLOEXEC);
        if (descriptor_ < 0) throw unwritable(target_.string(), errno);
        return;
    }
    std::tie(written_, descriptor_) = open_beside(target_);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)),
      written_(std::exchange(other.written_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile::~AtomicFile() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!written_.empty()) unlink(written_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
    write_all(descriptor_, bytes, target_.string());
}

void AtomicFile::commit() {
    // A network file system may report a full disk only when the file is closed.
    if (close(std::exchange(descriptor_, -1)) != 0) throw unwritable(target_.string(), errno);
    if (written_.empty()) return;
    if (std::rename(written_.c_str(), target_.c_str()) != 0) throw unwritable(target_.string(), errno);
    written_.clear();
}

void write_atomically(const fs::path& target, std::string_view bytes) {
    AtomicFile file(target);
    file.write(bytes);
    file.commit();
}

void write_all(int descriptor, std::string_view bytes, const std::string& name) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw unwritable(name, errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace chiffre
