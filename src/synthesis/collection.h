// collection.h -- a folder of drawn photographs and their truth.
#pragma once

#include <filesystem>
#include <functional>

#include "synthesis/scene.h"

namespace chiffre::synthesis {

enum class FileFormat { jpg, png };

struct CollectionOptions {
    std::filesystem::path folder;  // made where it is missing
    int count = 10;
    std::uint64_t seed = 1;
    int threads = 0;  // 0: as many as there are cores
    FileFormat format = FileFormat::jpg;
    bool texts = false;  // beside each picture a .txt of what analyze should print for it
    bool force = false;  // overwrite what an earlier run left
    SceneOptions scene;
};

// Writes 000000.jpg ..., truth.jsonl and labels.tsv (truth.h); the last two appear when all pictures are there. The
// files depend on seed, count and scene only. Returns false where `stop`, asked before each picture, ended it early:
// the two files then list the pictures that there are. Throws Error(usage, unwritable).
bool write_collection(
    const CollectionOptions& options, const std::function<bool()>& stop = [] { return false; });

}  // namespace chiffre::synthesis
