// harvest_file.h -- tiles that the front end itself cut out of drawn pages, each with what it is: what `train harvest`
// writes and what recipes with mix.harvest_digits and mix.harvest_none learn from.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "samples.h"

namespace chiffre::training {

// What a tile is. The first three are digits.
enum class HarvestKind : std::uint8_t {
    whole,    // a digit that is one mark
    joined,   // a digit whose pieces the front end joined
    cut,      // a digit cut off its neighbours
    part,     // a piece of a digit
    mixed,    // ink of several digits, or of a digit and of something else
    sign,     // letters and other signs that no digit looks like
    line,     // rulings, tables, frames
    scenery,  // edges, shadows, stains, texture
};
inline constexpr std::array<std::string_view, 8> kHarvestKinds = {"whole", "joined", "cut",  "part",
                                                                  "mixed", "sign",   "line", "scenery"};
inline constexpr bool is_digit(HarvestKind kind) {
    return kind <= HarvestKind::cut;
}

inline constexpr const char* kViewFact = "view";  // none: alone

// Parallel lists, a place for every tile, in the order of their pages.
struct Harvest {
    LabelledTiles tiles;  // labels 0..9 of digits, else kNoDigit
    std::vector<std::uint8_t> kinds;
    std::vector<std::uint8_t> styles;     // of the page: an index into style_names
    std::vector<std::uint8_t> held_back;  // 1: of a page for validation, nothing of which is learned from
    std::vector<std::string> style_names;
    std::map<std::string, std::string> facts;  // how it was made

    int size() const { return tiles.size(); }
    TileView view() const;  // by its facts
    void add(const Tile& tile, int label, HarvestKind kind, int style, bool is_held_back);
};

// A safetensors file of bytes: "tiles" (n, 32, 32), and "labels", "kinds", "styles", "held_back" (n); equal harvests
// give equal files. Throws Error(unwritable).
void save_harvest(const std::filesystem::path& path, const Harvest& harvest);

// Throws Error: not_found, unreadable; bad_data where it is no such file.
Harvest load_harvest(const std::filesystem::path& path);

// CRC-32 of tiles and labels as 8 hexadecimal digits: tells two harvests apart.
std::string harvest_hash(const Harvest& harvest);

}  // namespace chiffre::training
