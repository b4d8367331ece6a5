// pipeline.h -- decode, binarize, segment, order, normalize, classify, assemble: one photo in, one reading out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine.h"
#include "parts.h"
#include "pattern.h"
#include "reading.h"
#include "stages.h"

namespace chiffre {

inline constexpr int kEnough_px = 1000;  // a large JPEG is decoded at the smallest scale whose longer side is this long

struct ReadOptions {
    std::int64_t max_pixels = 200'000'000;  // a larger photo is refused (Error too_large)
    float min_confidence = 0.5f;            // a digit read with less, more likely wrong than right, becomes '?'
    Pattern pattern = {};                   // that each row should match (assemble.h)
    std::optional<Box> roi = {};   // what alone is read; else all (Error outside where it lies off the picture)
    std::optional<int> turn = {};  // quarters to turn the picture by, clockwise; else a page that reads poorly is tried
    Parts parts = {};              // of the reading, that a measurement may leave out
};

// What every stage made of a photo, for debug pictures. tiles[i] and scores[i] belong to the i-th candidate, counted
// row by row; tile_of_digit[r][d] is the index of the tile that Reading::rows[r].digits[d] was read from.
struct Trace {
    Photo photo;
    Ink ink;
    Marks marks;
    std::vector<MarkRow> rows;
    std::vector<Tile> tiles;
    std::vector<Scores> scores;
    std::vector<Scores> context;  // probabilities, as the other network says; empty without it
    std::vector<std::vector<int>> tile_of_digit;
};

// A network and what its scores mean.
struct Judge {
    Engine& engine;
    ScoreMeaning meaning;
};

// One network sees each candidate alone and says which digit it is, if any; the other, where there is one, sees it
// where it stands (frame_in_context) and says whether it is one.
struct Networks {
    Judge alone;
    std::optional<Judge> context = {};
};

// Reads one image file held in memory; `name` stands for it in messages. Throws what decode() throws.
// Where `trace` is given, it is filled.
Reading read_photo(std::span<const std::uint8_t> bytes, const std::string& name, const Networks& networks,
                   const ReadOptions& options = {}, Trace* trace = nullptr);

}  // namespace chiffre
