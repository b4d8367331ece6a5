// folder_walk.cpp -- opendir(3) and a sorted list for each folder, entered when its turn comes.
#include "run/folder_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "error.h"
#include "inputs.h"

namespace chiffre {

static std::string with_slash(const std::string& folder) {
    return folder.ends_with('/') ? folder : folder + "/";
}

static std::pair<std::uint64_t, std::uint64_t> identity(const struct stat& status) {
    return {status.st_dev, status.st_ino};
}

FolderWalk::FolderWalk(const std::string& folder, const FolderRules& rules)
    : root_(folder), root_bytes_(with_slash(folder).size()), rules_(rules) {
    struct stat status {};
    for (const std::string& avoided : rules.avoid)
        if (stat(avoided.c_str(), &status) == 0) entered_.insert(identity(status));
    if (stat(folder.c_str(), &status) == 0) entered_.erase(identity(status));  // what is named is read
    enter(folder);
}

std::optional<FolderWalk::Found> FolderWalk::next() {
    while (true) {
        if (failure_) {
            found_any_ = true;
            return std::exchange(failure_, std::nullopt);
        }
        if (open_.empty()) break;
        Listing& listing = open_.back();
        if (listing.next == listing.starts.size()) {
            open_.pop_back();
            continue;
        }
        std::string path = listing.prefix + (listing.bytes.data() + listing.starts[listing.next++]);
        if (path.ends_with('/')) {
            path.pop_back();
            enter(path);
            continue;
        }
        found_any_ = true;
        return Found{std::move(path), {}};
    }
    if (std::exchange(ended_, true) || found_any_) return std::nullopt;
    const std::string which =
        rules_.include.empty() ? "image files (jpg jpeg png bmp pgm ppm pnm tga)" : "files that --include matches";
    return Found{root_, Failure{std::string(error_name(ErrorCode::no_images)),
                                root_ + ": expected " + which + " in this folder, found none"}};
}

void FolderWalk::fail(const std::string& folder, int reason) {
    const ErrorCode code = reason == ENOENT ? ErrorCode::not_found : ErrorCode::unreadable;
    failure_ = Found{folder,
                     Failure{std::string(error_name(code)), folder + ": expected a folder that can be listed, found: " +
                                                                std::generic_category().message(reason)}};
}

void FolderWalk::enter(const std::string& folder) {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return fail(folder, errno);
    DIR* const stream = fdopendir(descriptor);
    if (!stream) {
        const int reason = errno;
        close(descriptor);
        return fail(folder, reason);
    }
    struct stat status {};
    if (fstat(descriptor, &status) == 0 && entered_.insert(identity(status)).second) {
        Listing listing;
        listing.prefix = with_slash(folder);
        list(descriptor, stream, listing);
        open_.push_back(std::move(listing));
    }
    closedir(stream);
}

void FolderWalk::list(int descriptor, void* stream, Listing& listing) {
    while (true) {
        errno = 0;
        const dirent* const entry = readdir(static_cast<DIR*>(stream));
        if (!entry) break;
        const auto name = wanted(listing.prefix, entry->d_name, entry->d_type, descriptor);
        if (!name) continue;
        listing.starts.push_back(static_cast<std::uint32_t>(listing.bytes.size()));
        listing.bytes.append(*name).push_back('\0');
    }
    if (errno != 0) fail(listing.prefix.substr(0, listing.prefix.size() - 1), errno);
    const char* const bytes = listing.bytes.data();
    std::sort(listing.starts.begin(), listing.starts.end(), [bytes](std::uint32_t a, std::uint32_t b) {
        return std::strcmp(bytes + a, bytes + b) < 0;  // compares unsigned bytes
    });
}

// The name as it stands in a listing; nothing where it is not wanted.
std::optional<std::string> FolderWalk::wanted(const std::string& prefix, const std::string& name, unsigned char type,
                                              int folder) const {
    if (name == "." || name == "..") return std::nullopt;
    if (type == DT_DIR && (!rules_.recursive || name.starts_with('.'))) return std::nullopt;
    if (type == DT_REG && !is_included(prefix, name)) return std::nullopt;
    bool is_folder = type == DT_DIR;
    if (type == DT_LNK || type == DT_UNKNOWN) {
        struct stat status {};
        const bool is_there = fstatat(folder, name.c_str(), &status, 0) == 0;
        is_folder = is_there && S_ISDIR(status.st_mode);
        if (is_there && !is_folder && !S_ISREG(status.st_mode)) return std::nullopt;
        if (is_folder ? !rules_.recursive || name.starts_with('.') : !is_included(prefix, name)) return std::nullopt;
    } else if (type != DT_DIR && type != DT_REG) {
        return std::nullopt;
    }
    if (is_excluded(prefix, name)) return std::nullopt;
    return is_folder ? name + "/" : name;
}

static bool matches(const std::string& pattern, const std::string& below, const std::string& name, int flags) {
    const std::string& text = pattern.find('/') == std::string::npos ? name : below;
    return fnmatch(pattern.c_str(), text.c_str(), flags) == 0;
}

bool FolderWalk::is_included(const std::string& prefix, const std::string& name) const {
    if (rules_.include.empty()) return is_image_name(name);
    const std::string below = prefix.substr(root_bytes_) + name;
    return std::any_of(rules_.include.begin(), rules_.include.end(), [&](const std::string& pattern) {
        return matches(pattern, below, name, FNM_PERIOD);  // a hidden file is matched by a pattern that says so
    });
}

bool FolderWalk::is_excluded(const std::string& prefix, const std::string& name) const {
    if (rules_.exclude.empty()) return false;
    const std::string below = prefix.substr(root_bytes_) + name;
    return std::any_of(rules_.exclude.begin(), rules_.exclude.end(),
                       [&](const std::string& pattern) { return matches(pattern, below, name, 0); });
}

}  // namespace chiffre
