// name_list.cpp -- bytes -> names.
#include "run/name_list.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "error.h"
#include "inputs.h"

namespace chiffre {

NameList::NameList(const std::string& path, bool null_separated, int stop_descriptor)
    : path_(path), stop_descriptor_(stop_descriptor) {
    if (null_separated) separator_ = '\0';
    descriptor_ = path == kStandardInput ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail(std::generic_category().message(errno));
}

NameList::~NameList() {
    if (descriptor_ > STDIN_FILENO) close(descriptor_);
}

void NameList::fail(const std::string& found) const {
    throw Error(ErrorCode::usage, "--files-from: " + shown_name(path_) + ": expected a list of names, found " + found);
}

std::optional<std::string> NameList::next() {
    while (true) {
        if (!separator_) {
            const std::size_t first = bytes_.find_first_of(std::string("\n\0", 2));
            if (first == std::string::npos && !ended_) {
                if (!read_more()) ended_ = true;
                continue;
            }
            separator_ = bytes_.find('\0') == std::string::npos ? '\n' : '\0';
        }
        const std::size_t end = bytes_.find(*separator_, at_);
        if (end == std::string::npos && !ended_) {
            if (!read_more()) ended_ = true;
            continue;
        }
        std::string name = bytes_.substr(at_, end == std::string::npos ? end : end - at_);
        at_ = end == std::string::npos ? bytes_.size() : end + 1;
        if (name.empty() && ended_ && at_ == bytes_.size()) return std::nullopt;
        if (name.empty()) continue;
        if (name.find('\0') != std::string::npos) fail("a NUL byte among names separated by line feeds (--null)");
        return name;
    }
}

// False at the end.
bool NameList::read_more() {
    constexpr std::size_t kStep_bytes = 1 << 16;
    bytes_.erase(0, at_);
    at_ = 0;
    const std::size_t used = bytes_.size();
    bytes_.resize(used + kStep_bytes);
    const ssize_t got = read_unless_stopped(descriptor_, bytes_.data() + used, kStep_bytes, stop_descriptor_);
    const int reason = errno;
    bytes_.resize(used + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0 && reason == EINTR) bytes_.clear();  // stopped: the name that was begun is none
    if (got < 0 && reason != EINTR) fail(std::generic_category().message(reason));
    return got > 0;
}

}  // namespace chiffre
