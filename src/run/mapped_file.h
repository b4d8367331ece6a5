// mapped_file.h -- the bytes of a file, without reading it into memory.
#pragma once

#include <string>
#include <string_view>

namespace chiffre {

class MappedFile {
  public:
    // Throws Error(unreadable).
    explicit MappedFile(const std::string& path);
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    std::string_view bytes() const { return {static_cast<const char*>(start_), size_}; }

  private:
    void* start_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace chiffre
