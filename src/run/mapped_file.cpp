// mapped_file.cpp -- mmap(2).
#include "run/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "error.h"

namespace chiffre {

MappedFile::MappedFile(const std::string& path) {
    const auto fail = [&] {
        return Error(ErrorCode::unreadable,
                     path + ": expected a readable file, found: " + std::generic_category().message(errno));
    };
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw fail();
    struct stat status {};
    fstat(descriptor, &status);
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ > 0) start_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    const Error error = fail();
    close(descriptor);
    if (start_ == MAP_FAILED) throw error;
}

MappedFile::~MappedFile() {
    if (start_) munmap(start_, size_);
}

}  // namespace chiffre
