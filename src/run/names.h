// names.h -- what is to be read: the images that the arguments, lists and folders of a run stand for, one after
// another. Names are listed folder by folder as they are needed; no picture is touched.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/report.h"
#include "run/folder_walk.h"
#include "run/name_list.h"
#include "run/shard.h"

namespace chiffre {

struct NameSources {
    std::vector<std::string> paths;  // files, folders, "-" for standard input
    std::vector<std::string> lists;  // files of further names, "-" for standard input
    bool null_separated = false;     // the names in lists; else that is found out
    FolderRules folders;             // of all folders among paths and lists
    Shard shard;                     // names of other shards are passed over
    int stop_descriptor = -1;        // see read_file()
};

// An image to be read, or why there is none under this name.
struct Name {
    std::string path;
    std::optional<Failure> failure;
};

// First the paths in their order, then the lists. What a folder holds comes in byte order of the whole paths.
class Names {
  public:
    explicit Names(NameSources sources) : sources_(std::move(sources)) {}
    Names(const Names&) = delete;
    Names& operator=(const Names&) = delete;

    // Nothing at the end. A folder that cannot be listed, or is without images, is a name with a failure. Throws
    // Error(usage) where a list cannot be read.
    std::optional<Name> next();

  private:
    std::optional<Name> next_of_all();
    std::optional<std::string> next_source();

    NameSources sources_;
    std::size_t path_ = 0, list_ = 0;
    std::unique_ptr<NameList> names_;     // the list being read
    std::unique_ptr<FolderWalk> folder_;  // the folder being walked
};

}  // namespace chiffre
