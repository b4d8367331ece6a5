// atomic_file.h -- a file that appears under its name only when it is complete.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace chiffre {

// Writes beside the target under a temporary name; commit() renames. Without commit() the destructor removes what was
// written, so a reader never sees half a file. A symbolic link is written through. A target that is no regular file (a
// device, a pipe) cannot be renamed onto and is written to directly.
// Every failure throws Error(unwritable) naming the target.
class AtomicFile {
  public:
    explicit AtomicFile(const std::filesystem::path& target);
    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile& operator=(AtomicFile&&) = delete;
    ~AtomicFile();

    void write(std::string_view bytes);
    void commit();

  private:
    std::filesystem::path target_;
    std::filesystem::path written_;  // the temporary name; empty where the target is written to directly
    int descriptor_ = -1;
};

// Writes a whole small file.
void write_atomically(const std::filesystem::path& target, std::string_view bytes);

// All of `bytes` to an open descriptor; `name` stands for it in messages. Throws Error(unwritable).
void write_all(int descriptor, std::string_view bytes, const std::string& name);

}  // namespace chiffre
