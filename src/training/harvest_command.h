// harvest_command.h -- `train harvest`. Apart from the other commands, since it alone knows how pages are drawn.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace chiffre::training {

struct HarvestCommand {
    std::filesystem::path output;
    std::filesystem::path data;  // MNIST's folder: half of the handwriting is traced from it; empty: none
    std::filesystem::path fonts = "/usr/share/fonts";
    std::filesystem::path sheet;  // empty: no picture
    std::string style = "any", view = "alone";
    int pages = 2'000, threads = 0;
    std::uint64_t seed = 1;
};

// The styles that `style` may be.
std::vector<std::string> harvest_styles();

// Writes the file and the picture, prints how many tiles of which kind each style gave. Throws Error.
void run_harvest(const HarvestCommand& command, std::ostream& out);

}  // namespace chiffre::training
