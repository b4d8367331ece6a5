// page.h -- marks to rows of digits, of one way up: order, normalize, classify and assemble, each timed. Internal to
// the pipeline.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "assemble.h"
#include "pipeline.h"

namespace chiffre {

// Runs one stage and adds its time under its word; a stage that runs twice (full scale) is one entry.
template <typename Stage>
auto timed(std::vector<StageTime>& times, const char* word, Stage&& stage) {
    const auto start = std::chrono::steady_clock::now();
    auto result = stage();
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    for (StageTime& time : times)
        if (time.stage == word) {
            time.ms += ms;
            return result;
        }
    times.push_back({word, ms});
    return result;
}

// What reading a page takes beside the page.
struct Means {
    const Networks& networks;
    AssembleOptions assemble;
    const Parts& parts;
    std::vector<StageTime>& times;
};

// From marks to rows of digits, of one way up.
struct Page {
    Ink ink;
    Marks marks;
    std::vector<MarkRow> rows;
    std::vector<Tile> tiles;
    std::vector<Scores> alone;    // what the network says of each tile itself
    std::vector<Scores> scores;   // what the page is read by
    std::vector<Scores> context;  // and the probabilities of each digit where it stands
    Assembly assembly;
};

enum class Kind { wholes, parts };  // of candidates: marks and unions of marks, parts of marks

// The tiles of all candidates of a kind, row by row, made side by side where there are many.
std::vector<Tile> normalize_all(const Page& page, Kind kind, const StageParts& parts);

std::vector<Scores> classify(const std::vector<Tile>& tiles, const Judge& judge);

// From the page's scores.
void assemble_page(Page& page, const Means& means);

// From the page's ink and marks: one batch for the engine of marks and unions, one of the parts that are needed then,
// and one where second opinions are asked for.
void read_page(Page& page, const Means& means);

}  // namespace chiffre
