// folder_walk.h -- the images in a folder, in byte order of their paths, and with all folders below it where that is
// wanted. Only the names of the folder being read, and of those above it, are in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "report/report.h"

namespace chiffre {

// Patterns are those of fnmatch(3): *, ?, [abc], [!abc], \. One with a slash is held against the path below the folder
// that was named, and its * takes slashes, too; else against the last name.
struct FolderRules {
    bool recursive = false;
    std::vector<std::string> include;  // a file has to match one of these; empty: have the extension of an image
    std::vector<std::string> exclude;  // files and folders that match one are left out
    std::vector<std::string> avoid;    // folders that are not read: what the run itself writes goes there
};

// Files are regular ones or links to such; a link to nothing is kept, so that it is reported instead of passed over.
// Hidden files and folders are left out. Links to folders are followed, but each folder is read once, under the first
// of its names, so that a loop of links comes to an end and no photo comes twice.
class FolderWalk {
  public:
    FolderWalk(const std::string& folder, const FolderRules& rules);

    struct Found {
        std::string path;
        std::optional<Failure> failure;  // unreadable: a folder that cannot be listed; no_images: none in all
    };
    // Nothing at the end.
    std::optional<Found> next();

  private:
    // The names in one folder, one after another with a NUL behind each; those of folders end in a slash, which puts
    // them where their content belongs in the order of paths. A million names take as much as their letters and 4
    // bytes each.
    struct Listing {
        std::string prefix;  // the path up to and with the last slash
        std::string bytes;
        std::vector<std::uint32_t> starts;
        std::size_t next = 0;
    };

    void enter(const std::string& folder);
    void list(int descriptor, void* stream, Listing& listing);
    std::optional<std::string> wanted(const std::string& prefix, const std::string& name, unsigned char type,
                                      int folder) const;
    bool is_included(const std::string& prefix, const std::string& name) const;
    bool is_excluded(const std::string& prefix, const std::string& name) const;
    void fail(const std::string& folder, int reason);

    std::string root_;
    std::size_t root_bytes_;  // of its prefix, which patterns do not see
    const FolderRules& rules_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> entered_;  // device and inode
    std::vector<Listing> open_;                                  // from the root down to the folder being read
    std::optional<Found> failure_;                               // to be handed out next
    bool found_any_ = false, ended_ = false;
};

}  // namespace chiffre
