// inputs.cpp -- arguments -> files -> bytes. File names are bytes and are never interpreted beyond their extension.
#include "inputs.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "error.h"

namespace chiffre {
namespace fs = std::filesystem;

static constexpr std::array<std::string_view, 8> kExtensions{".jpg", ".jpeg", ".png", ".bmp",
                                                             ".pgm", ".ppm",  ".pnm", ".tga"};

bool is_image_name(const std::string& name) {
    if (name.starts_with('.')) return false;  // also "._a.jpg", in which macOS keeps what is no image
    std::string extension = fs::path(name).extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

std::string shown_name(const std::string& path) {
    return path == kStandardInput ? "standard input" : path;
}

bool is_folder(const std::string& path) {
    std::error_code ignored;
    return path != kStandardInput && fs::is_directory(path, ignored);
}

namespace {
// Closes what it opened; standard input stays open.
class Source {
  public:
    explicit Source(const std::string& path) : is_standard_input_(path == kStandardInput) {
        descriptor_ = is_standard_input_ ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source() {
        if (!is_standard_input_ && descriptor_ >= 0) close(descriptor_);
    }
    int descriptor() const { return descriptor_; }

  private:
    bool is_standard_input_;
    int descriptor_;
};
}  // namespace

static Error cannot_read(const std::string& name, int reason) {
    return {reason == ENOENT ? ErrorCode::not_found : ErrorCode::unreadable,
            name + ": expected a readable image file, found: " + std::generic_category().message(reason)};
}

// Opening and reading never wait (O_NONBLOCK): a pipe is waited for here, from before somebody opens its other end.
ssize_t read_unless_stopped(int descriptor, void* bytes, std::size_t size, int stop_descriptor) {
    while (true) {
        pollfd waiting[] = {{descriptor, POLLIN, 0}, {stop_descriptor, POLLIN, 0}};  // poll() passes -1 over
        if (poll(waiting, 2, -1) < 0 && errno != EINTR) return -1;
        if (waiting[1].revents != 0 && (waiting[0].revents & POLLIN) == 0) {
            errno = EINTR;
            return -1;
        }
        if (waiting[0].revents == 0) continue;
        const ssize_t got = ::read(descriptor, bytes, size);
        if (got >= 0 || (errno != EAGAIN && errno != EINTR)) return got;
    }
}

static struct stat status_of(int descriptor) {
    struct stat status {};
    fstat(descriptor, &status);
    return status;
}

static bool is_same(const struct stat& a, const struct stat& b) {
    return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

static Error too_large(const std::string& name, std::size_t limit) {
    return {ErrorCode::too_large, name + ": expected at most " + std::to_string(limit) +
                                      " bytes, the most that an allowed picture needs, found more"};
}

// size: that of a regular file; for a pipe, which tells none, a first guess.
static std::vector<std::uint8_t> read_all(int descriptor, const std::string& name, std::size_t size, std::size_t limit,
                                          int stop_descriptor) {
    // One byte more than expected, so that the end of the file shows without growing the buffer.
    std::vector<std::uint8_t> bytes(std::min(size, limit) + 1);
    std::size_t used = 0;
    while (used <= limit) {
        if (used == bytes.size()) bytes.resize(std::min(2 * bytes.size(), limit + 1));
        const ssize_t got = read_unless_stopped(descriptor, bytes.data() + used, bytes.size() - used, stop_descriptor);
        if (got < 0) throw cannot_read(name, errno);
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    if (used > limit) throw too_large(name, limit);
    bytes.resize(used);
    return bytes;
}

std::vector<std::uint8_t> read_file(const std::string& path, std::int64_t max_bytes, int stop_descriptor) {
    constexpr std::size_t kPipeGuess = 1 << 20;
    constexpr int kAttempts = 3;
    const std::string name = shown_name(path);
    const std::size_t limit = static_cast<std::size_t>(max_bytes);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const Source source(path);  // opened anew: it may have been replaced as a whole
        if (source.descriptor() < 0) throw cannot_read(name, errno);
        const struct stat before = status_of(source.descriptor());
        const bool is_regular = S_ISREG(before.st_mode);
        const std::size_t size = is_regular ? static_cast<std::size_t>(before.st_size) : kPipeGuess;
        auto bytes = read_all(source.descriptor(), name, size, limit, stop_descriptor);
        if (is_regular && !is_same(before, status_of(source.descriptor())) && path != kStandardInput) continue;
        if (bytes.empty()) throw Error(ErrorCode::empty_file, name + ": expected an image file, found zero bytes");
        return bytes;
    }
    throw Error(ErrorCode::unreadable, name +
                                           ": expected a file that stays as it is while it is read, found one that " +
                                           "changed each of " + std::to_string(kAttempts) + " times");
}

}  // namespace chiffre
