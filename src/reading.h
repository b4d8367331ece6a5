// reading.h -- what was read in one photo: the result of the pipeline and the only thing that reports know.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chiffre {

// In pixels of the upright, full-size picture.
struct Box {
    int x = 0, y = 0, w = 0, h = 0;
};

struct Digit {
    char digit = '?';      // '0'..'9', or '?' for a mark taken for a digit whose reading was rejected
    float confidence = 0;  // probability of `digit`; for '?' of the best rejected reading
    Box box;
    bool starts_group = false;  // a wide gap stands before it (never set for the first digit of a row)
    std::vector<std::pair<char, float>> alternatives;  // best first, at least two
};

struct Row {
    std::string text;      // digits, groups separated by one space
    float confidence = 0;  // probability that the whole row is right
    Box box;
    std::vector<Digit> digits;
    std::optional<bool> satisfied = {};  // whether it reads as the options expect; nothing where they say nothing
};

struct StageTime {
    std::string stage;  // one of the eight words
    double ms = 0;
};

// Which way up the picture was read.
struct Orientation {
    int quarters = 0;      // clockwise, that it was turned by beyond what the file says of its orientation
    float confidence = 1;  // probability that this is the right way up
};

struct Reading {
    int width = 0, height = 0;          // upright, full-size pixels
    std::optional<Orientation> turned;  // nothing where the picture read so well as it was that nothing else was tried
    std::vector<Row> rows;              // top to bottom; empty where the photo holds no digit
    float confidence = 0;               // probability that all rows are right; 0 where there is none
    std::string device;                 // "cpu", "cuda:0"
    std::vector<StageTime> times;
    std::vector<std::string> warnings;
};

}  // namespace chiffre
