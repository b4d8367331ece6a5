// print_logits.cpp -- print_logits WEIGHTS < TILES: the ten logits of each tile of 32x32 bytes, one line per tile, by
// the CPU engine. What converted weights are compared by in convert_test.py.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine.h"

int main(int argc, char** argv) try {
    using namespace chiffre;
    if (argc != 2) throw std::runtime_error("expected: print_logits WEIGHTS < TILES");
    const std::string bytes{std::istreambuf_iterator<char>(std::cin), {}};
    std::vector<Tile> tiles(bytes.size() / sizeof(Tile));
    if (bytes.size() != tiles.size() * sizeof(Tile))
        throw std::runtime_error("expected whole tiles, found " + std::to_string(bytes.size()) + " bytes");
    for (std::size_t i = 0; i < tiles.size(); ++i)
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * sizeof(Tile)), sizeof(Tile), tiles[i].ink.begin());

    std::vector<Scores> logits(tiles.size());
    open_engine(parse_device("cpu"), load_weights(argv[1]))->classify(tiles, logits);
    for (const Scores& scores : logits)
        for (std::size_t digit = 0; digit < scores.size(); ++digit)
            std::printf("%.9g%c", static_cast<double>(scores[digit]), digit + 1 < scores.size() ? ' ' : '\n');
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "print_logits: %s\n", error.what());
    return 1;
}
