// inputs.h -- what a PATH on the command line stands for: a file, a folder of images, or standard input.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace chiffre {

inline constexpr const char* kStandardInput = "-";

// The name of an input in messages.
std::string shown_name(const std::string& path);

bool is_folder(const std::string& path);

// Whether a file of a folder is one of ours by its name: not hidden, and with the extension of a format that we read,
// in any case.
bool is_image_name(const std::string& name);

// read(2), which for a pipe waits. Where stop_descriptor is not -1 and can be read before there is anything, returns -1
// with errno EINTR.
ssize_t read_unless_stopped(int descriptor, void* bytes, std::size_t size, int stop_descriptor);

// The bytes of a file, or of standard input where `path` is "-". A file that changes meanwhile is read again. What
// waits for a pipe ends when stop_descriptor, unless -1, can be read. Throws Error: not_found, unreadable (also where a
// file does not stop changing), empty_file, too_large (more than `max_bytes`).
std::vector<std::uint8_t> read_file(const std::string& path, std::int64_t max_bytes, int stop_descriptor = -1);

}  // namespace chiffre
