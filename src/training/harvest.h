// harvest.h -- draws pages, runs the front end over them and keeps what it cuts out, each tile with what it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "harvest_file.h"
#include "synthesis/scene.h"

namespace chiffre::training {

struct HarvestOptions {
    int pages = 2'000;
    std::uint64_t seed = 1;
    int threads = 0;  // 0: as many as there are cores
    TileView view = TileView::alone;
    synthesis::Style style = synthesis::Style::any;
    std::vector<synthesis::FontFigures> fonts;
    const synthesis::TracedDigits* traced = nullptr;  // that half of the handwriting consists of
};

// What a page gave.
struct PageHarvest {
    int style = 0;
    struct Sample {
        Tile tile;
        HarvestKind kind;
        int label;
    };
    std::vector<Sample> samples;
    int left_out = 0;  // candidates that are doubtful
};

// Page `index` of a seed. Never one that `synthesize` draws: seeds below 2^63 are its own.
PageHarvest harvest_page(const HarvestOptions& options, std::uint32_t index);

struct HarvestResult {
    Harvest harvest;
    std::vector<int> pages, left_out;  // by style
};

// The last tenth of the pages is held back. The result depends on pages, seed, style and fonts, not on threads.
// progress: called now and then with the pages done, from one thread at a time.
HarvestResult harvest_pages(
    const HarvestOptions& options, const std::function<void(int)>& progress = [](int) {});

}  // namespace chiffre::training
