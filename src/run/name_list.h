// name_list.h -- names of images from a file or a pipe, as find, git ls-files and analyze --errors-to write them.
#pragma once

#include <optional>
#include <string>

namespace chiffre {

// Names are bytes, separated by line feeds or NUL bytes. They are read as they are asked for: the list may be a pipe
// whose writer is still at work, and of any length.
class NameList {
  public:
    // path: "-" for standard input. null_separated: by NUL bytes; else whichever of the two the list turns out to hold:
    // NUL where there is one in what comes up to and with its first separator.
    // Throws Error(usage) where it cannot be read, here and in next().
    NameList(const std::string& path, bool null_separated, int stop_descriptor);
    NameList(const NameList&) = delete;
    NameList& operator=(const NameList&) = delete;
    ~NameList();

    // Nothing at the end, or when stop_descriptor can be read. Empty names are passed over.
    std::optional<std::string> next();

  private:
    bool read_more();
    [[noreturn]] void fail(const std::string& found) const;

    std::string path_;
    int stop_descriptor_;
    int descriptor_;
    std::optional<char> separator_;  // none: not known yet
    std::string bytes_;              // read but not handed out
    std::size_t at_ = 0;             // of the first of them
    bool ended_ = false;
};

}  // namespace chiffre
