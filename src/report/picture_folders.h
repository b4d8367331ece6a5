// picture_folders.h -- the folders of --debug and --annotate.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "pipeline.h"

namespace chiffre {

// File names within one folder for images that may come from several: a name that is taken gets "-2", "-3", ...
class UniqueNames {
  public:
    // A name for what belongs to the image at `path`: its file name, "stdin" for "-".
    std::string take(const std::string& path);

  private:
    std::set<std::string> taken_;
};

class PictureFolders {
  public:
    // Where the pictures of one image go, below the folders.
    struct Names {
        std::string debug, annotate;
    };

    // Creates the folders; an empty name: not wanted. Throws Error(unwritable).
    PictureFolders(const std::string& debug_dir, const std::string& annotate_dir, bool force);

    bool wanted() const { return !debug_dir_.empty() || !annotate_dir_.empty(); }

    // Is asked for every image in the order of the run, so that names do not depend on which is finished first.
    Names take(const std::string& path);

    // Writes what is wanted of one image; several threads may at a time. What an earlier run wrote for an image of this
    // name is replaced; a folder that holds anything else is refused unless forced. Throws Error(unwritable).
    void write(const Names& names, const std::string& path, const Reading& reading, const Trace& trace,
               const ScoreMeaning& meaning) const;

  private:
    std::filesystem::path debug_dir_, annotate_dir_;
    bool force_;
    UniqueNames debug_names_, annotate_names_;
};

}  // namespace chiffre
