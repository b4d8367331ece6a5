// inputs.h -- what a PATH on the command line stands for: a file, a folder of images, or standard input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chiffre {

inline constexpr const char* kStandardInput = "-";

// The name of an input in messages.
std::string shown_name(const std::string& path);

bool is_folder(const std::string& path);

// The image files that `path` stands for: itself, or, for a folder, the files directly in it whose extension is that
// of a format we read (in any case), in byte order of their names. Hidden files are left out.
// Throws Error: unreadable (a folder that may not be listed), no_images (a folder without an image).
std::vector<std::string> images_of(const std::string& path);

// The bytes of a file, or of standard input where `path` is "-". Throws Error: not_found, unreadable, empty_file,
// too_large (more than `max_bytes`).
std::vector<std::uint8_t> read_file(const std::string& path, std::int64_t max_bytes);

}  // namespace chiffre
