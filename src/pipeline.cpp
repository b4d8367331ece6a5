// pipeline.cpp -- the eight words in order, each timed. The eighth, report, belongs to the programs.
#include "pipeline.h"

#include <chrono>

#include "assemble.h"
#include "variants.h"

namespace chiffre {
namespace {

constexpr int kEnough_px = 1000;  // a large JPEG is decoded at the smallest scale whose longer side is this long ...
// ... and again at full scale where its digits then turn out lower than this, or too low to be seen at all.
constexpr float kSmallDigit_px = 28;

using Clock = std::chrono::steady_clock;

// Runs one stage and adds its time under its word; a stage that runs twice (full scale) is one entry.
template <typename Stage>
auto timed(std::vector<StageTime>& times, const char* word, Stage&& stage) {
    const auto start = Clock::now();
    auto result = stage();
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    for (StageTime& time : times)
        if (time.stage == word) {
            time.ms += ms;
            return result;
        }
    times.push_back({word, ms});
    return result;
}

void find_marks(Trace& trace, std::vector<StageTime>& times) {
    trace.ink = timed(times, "binarize", [&] { return binarize(trace.photo.grey); });
    trace.marks = timed(times, "segment", [&] { return segment(trace.ink); });
}

// The mean of the logits over each tile's variants, all of them in one batch.
std::vector<Scores> classify(const std::vector<Tile>& tiles, Engine& engine) {
    const std::vector<Tile> variants = vary(tiles);
    std::vector<Scores> opinions(variants.size()), means(tiles.size());
    engine.classify(variants, opinions);
    for (std::size_t i = 0; i < opinions.size(); ++i)
        for (std::size_t k = 0; k < opinions[i].size(); ++k)
            means[i / kVariants][k] += opinions[i][k] / static_cast<float>(kVariants);
    return means;
}

}  // namespace

Reading read_photo(std::span<const std::uint8_t> bytes, const std::string& name, Engine& engine,
                   const ScoreMeaning& meaning, const ReadOptions& options, Trace* trace) {
    Trace own;
    Trace& t = trace ? *trace : own;
    Reading reading;

    const auto decode_at = [&](int enough_px) {
        return timed(reading.times, "decode", [&] { return decode(bytes, name, {options.max_pixels, enough_px}); });
    };
    t.photo = decode_at(kEnough_px);
    find_marks(t, reading.times);
    if (t.photo.reduction > 1 && t.marks.digit_height_px < kSmallDigit_px) {
        t.photo = decode_at(0);
        find_marks(t, reading.times);
    }
    t.rows = timed(reading.times, "order", [&] { return order(t.marks); });
    t.tiles = timed(reading.times, "normalize", [&] {
        std::vector<Tile> tiles;
        for (const MarkRow& row : t.rows)
            for (const Candidate& candidate : row.candidates)
                tiles.push_back(normalize(t.ink, t.marks, row, candidate));
        return tiles;
    });
    t.scores = timed(reading.times, "classify", [&] { return classify(t.tiles, engine); });
    reading.device = engine.device();  // now, since an engine may fall back on another one
    Assembly assembly = timed(reading.times, "assemble", [&] {
        return assemble(t.rows, t.scores, meaning,
                        {t.marks.digit_height_px, t.photo.reduction, options.min_confidence});
    });
    reading.rows = std::move(assembly.rows);
    t.tile_of_digit = std::move(assembly.tile_of_digit);
    reading.width = t.photo.width;
    reading.height = t.photo.height;
    reading.warnings = t.photo.warnings;
    return reading;
}

}  // namespace chiffre
