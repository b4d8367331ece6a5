// inputs.cpp -- arguments -> files -> bytes. File names are bytes and are never interpreted beyond their extension.
#include "inputs.h"

#include <fcntl.h>
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

static bool is_image_name(const fs::path& name) {
    if (name.native().starts_with('.')) return false;  // also "._a.jpg", in which macOS keeps what is no image
    std::string extension = name.extension().string();
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

static std::vector<std::string> images_in_folder(const std::string& folder) {
    std::vector<std::string> images;
    try {
        for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
            std::error_code ignored;
            // A dangling link is kept, so that it is reported instead of passed over.
            const fs::file_type type = entry.status(ignored).type();
            if (type != fs::file_type::regular && type != fs::file_type::not_found) continue;
            if (is_image_name(entry.path().filename())) images.push_back(entry.path().string());
        }
    } catch (const fs::filesystem_error& e) {
        throw Error(ErrorCode::unreadable,
                    folder + ": expected a folder that can be listed, found: " + e.code().message());
    }
    if (images.empty())
        throw Error(ErrorCode::no_images,
                    folder + ": expected image files (jpg jpeg png bmp pgm ppm pnm tga) in this folder, found none");
    std::sort(images.begin(), images.end());
    return images;
}

std::vector<std::string> images_of(const std::string& path) {
    if (is_folder(path)) return images_in_folder(path);
    return {path};
}

namespace {
// Closes what it opened; standard input stays open.
class Source {
  public:
    explicit Source(const std::string& path) : is_standard_input_(path == kStandardInput) {
        descriptor_ = is_standard_input_ ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
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

// Size of a regular file; for a pipe, which tells none, a first guess.
static std::size_t expected_bytes(int descriptor) {
    constexpr std::size_t kPipeGuess = 1 << 20;
    struct stat status {};
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return kPipeGuess;
    return static_cast<std::size_t>(status.st_size);
}

std::vector<std::uint8_t> read_file(const std::string& path, std::int64_t max_bytes) {
    const std::string name = shown_name(path);
    const std::size_t limit = static_cast<std::size_t>(max_bytes);
    const Source source(path);
    if (source.descriptor() < 0) throw cannot_read(name, errno);

    // One byte more than expected, so that the end of the file shows without growing the buffer.
    std::vector<std::uint8_t> bytes(std::min(expected_bytes(source.descriptor()), limit) + 1);
    std::size_t used = 0;
    while (used <= limit) {
        if (used == bytes.size()) bytes.resize(std::min(2 * bytes.size(), limit + 1));
        const ssize_t got = ::read(source.descriptor(), bytes.data() + used, bytes.size() - used);
        if (got < 0) throw cannot_read(name, errno);
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    if (used > limit)
        throw Error(ErrorCode::too_large, name + ": expected at most " + std::to_string(limit) +
                                              " bytes, the most that an allowed picture needs, found more");
    if (used == 0) throw Error(ErrorCode::empty_file, name + ": expected an image file, found zero bytes");
    bytes.resize(used);
    return bytes;
}

}  // namespace chiffre
