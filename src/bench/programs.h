// programs.h -- the programs that were built beside this one.
#pragma once

#include <filesystem>
#include <string>

namespace chiffre::bench {

inline std::filesystem::path program_beside(const std::string& name) {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

}  // namespace chiffre::bench
