// picture.h -- digits for people: a contact sheet as PNG, one digit in the terminal.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tile.h"

namespace chiffre::training {

struct Caption {
    Tile tile;
    std::string text;  // drawn below the tile; ASCII
};

// Tiles enlarged, row by row. Throws Error(unwritable).
void write_contact_sheet(const std::filesystem::path& path, const std::vector<Caption>& captions);

// The inner 28x28 pixels as lines of block characters, two per pixel, so that a pixel is square in most terminals.
std::string draw_in_terminal(const Tile& tile);

}  // namespace chiffre::training
