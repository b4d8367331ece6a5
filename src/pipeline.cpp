// pipeline.cpp -- the eight words in order, each timed. The eighth, report, belongs to the programs.
#include "pipeline.h"

#include <array>
#include <chrono>

#include "assemble.h"
#include "error.h"
#include "orientation.h"
#include "turn.h"
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

// Leaves the region alone, as far as it lies in the picture.
void crop(Photo& photo, const Box& region, const std::string& name) {
    const int n = photo.reduction;
    const cv::Rect whole({0, 0}, photo.grey.size());
    // In 64 bits: a region may end far outside.
    const auto reduced = [n](std::int64_t px) { return static_cast<int>(std::min<std::int64_t>(px / n, 1 << 30)); };
    const cv::Point first(reduced(region.x), reduced(region.y)),
        end(reduced(std::int64_t{region.x} + region.w + n - 1), reduced(std::int64_t{region.y} + region.h + n - 1));
    const cv::Rect inside = cv::Rect(first, end) & whole;
    if (inside.empty())
        throw Error(ErrorCode::outside, name + ": expected --roi within " + std::to_string(photo.width) + "x" +
                                            std::to_string(photo.height) + " pixels, found one that begins at " +
                                            std::to_string(region.x) + "," + std::to_string(region.y));
    photo.grey = photo.grey(inside).clone();
    photo.left = inside.x * n;
    photo.top = inside.y * n;
}

// The picture, which may be a region of a larger one, turned clockwise.
void turn(Photo& photo, int quarters) {
    const int w = photo.grey.cols * photo.reduction, h = photo.grey.rows * photo.reduction;
    photo.grey = turned(photo.grey, quarters);
    for (int i = 0, width = w, height = h; i < quarters; ++i) {
        const int left = photo.height - photo.top - height;
        photo.top = photo.left;
        photo.left = std::max(0, left);  // the last pixel of grey may reach beyond the picture
        std::swap(photo.width, photo.height);
        std::swap(width, height);
    }
}

void shift(Box& box, const Photo& photo) {
    box.x += photo.left;
    box.y += photo.top;
}

// Says of each row that the pattern could not be kept.
void warn_of_rows(Reading& reading) {
    for (std::size_t r = 0; r < reading.rows.size(); ++r)
        if (const Row& row = reading.rows[r]; row.satisfied == false)
            reading.warnings.push_back("row " + std::to_string(r + 1) +
                                       ": expected digits as --digits and --expect say, found '" + row.text + "'");
}

void find_marks(Trace& trace, const StageParts& parts, std::vector<StageTime>& times) {
    trace.ink = timed(times, "binarize", [&] { return binarize(trace.photo.grey, parts); });
    trace.marks = timed(times, "segment", [&] { return segment(trace.ink, parts); });
}

// The mean of the logits over each tile's variants, all of them in one batch.
std::vector<Scores> classify(const std::vector<Tile>& tiles, Engine& engine, const Parts& parts) {
    if (!parts.variants) {
        std::vector<Scores> scores(tiles.size());
        engine.classify(tiles, scores);
        return scores;
    }
    const std::vector<Tile> variants = vary(tiles);
    std::vector<Scores> opinions(variants.size()), means(tiles.size());
    engine.classify(variants, opinions);
    for (std::size_t i = 0; i < opinions.size(); ++i)
        for (std::size_t k = 0; k < opinions[i].size(); ++k)
            means[i / kVariants][k] += opinions[i][k] / static_cast<float>(kVariants);
    return means;
}

// From marks to rows of digits, of one way up.
struct Page {
    Ink ink;
    Marks marks;
    std::vector<MarkRow> rows;
    std::vector<Tile> tiles;
    std::vector<Scores> scores;
    Assembly assembly;
};

// Marks to rows, for several ways up at once: one batch for the engine.
void read_pages(std::span<Page> pages, Engine& engine, const ScoreMeaning& meaning, AssembleOptions options,
                const Parts& parts, std::vector<StageTime>& times) {
    std::vector<Tile> tiles;
    for (Page& page : pages) {
        page.rows = timed(times, "order", [&] { return order(page.marks, parts.stages); });
        page.tiles = timed(times, "normalize", [&] {
            std::vector<Tile> of_page;
            for (const MarkRow& row : page.rows)
                for (const Candidate& candidate : row.candidates)
                    of_page.push_back(normalize(page.ink, page.marks, row, candidate, parts.stages));
            return of_page;
        });
        tiles.insert(tiles.end(), page.tiles.begin(), page.tiles.end());
    }
    const std::vector<Scores> scores = timed(times, "classify", [&] { return classify(tiles, engine, parts); });
    auto next = scores.begin();
    for (Page& page : pages) {
        const auto end = next + static_cast<std::ptrdiff_t>(page.tiles.size());
        page.scores.assign(next, end);
        next = end;
        options.digit_height_px = page.marks.digit_height_px;
        page.assembly = timed(times, "assemble", [&] { return assemble(page.rows, page.scores, meaning, options); });
    }
}

// Of the page as it lies, by what the network makes of each digit alone: how the digits of a row go together says
// little of which way up they are.
float evidence_of(const Page& page, const ScoreMeaning& meaning) {
    std::vector<Row> rows = page.assembly.rows;
    for (std::size_t r = 0; r < rows.size(); ++r)
        for (std::size_t d = 0; d < rows[r].digits.size(); ++d) {
            const auto tile = static_cast<std::size_t>(page.assembly.tile_of_digit[r][d]);
            Digit& digit = rows[r].digits[d];
            const auto value = static_cast<std::size_t>(digit.alternatives.front().first - '0');
            digit.confidence = probabilities(page.scores[tile], meaning)[value];
        }
    return chiffre::evidence_of(rows);
}

Page turn_page(const Page& page, int quarters, const StageParts& parts, std::vector<StageTime>& times) {
    Page result;
    result.ink = turned(page.ink, quarters);
    result.marks = timed(times, "segment", [&] { return segment(result.ink, parts); });
    return result;
}

// Where the page reads poorly, reads it the other three ways up, too, and keeps the likeliest. Nothing where that was
// not tried.
std::optional<Orientation> turn_where_doubtful(Page& page, Engine& engine, const ScoreMeaning& meaning,
                                               const AssembleOptions& options, const Parts& parts,
                                               std::vector<StageTime>& times) {
    std::array<float, kTurns> evidence{evidence_of(page, meaning)};
    if (page.marks.marks.empty() || !is_doubtful(evidence[0], page.marks.marks.size())) return {};
    std::array<Page, kTurns - 1> others;
    for (int q = 1; q < kTurns; ++q) others[static_cast<std::size_t>(q - 1)] = turn_page(page, q, parts.stages, times);
    read_pages(others, engine, meaning, options, parts, times);
    for (std::size_t q = 1; q < kTurns; ++q) evidence[q] = evidence_of(others[q - 1], meaning);
    const Orientation best = decide(evidence);
    if (best.quarters > 0) page = std::move(others[static_cast<std::size_t>(best.quarters - 1)]);
    return best;
}

}  // namespace

Reading read_photo(std::span<const std::uint8_t> bytes, const std::string& name, Engine& engine,
                   const ScoreMeaning& meaning, const ReadOptions& options, Trace* trace) {
    Trace own;
    Trace& t = trace ? *trace : own;
    Reading reading;

    const auto decode_at = [&](int enough_px) {
        return timed(reading.times, "decode", [&] {
            Photo photo = decode(bytes, name, {options.max_pixels, enough_px});
            if (options.roi) crop(photo, *options.roi, name);
            return photo;
        });
    };
    t.photo = decode_at(kEnough_px);
    find_marks(t, options.parts.stages, reading.times);
    if (t.photo.reduction > 1 && t.marks.digit_height_px < kSmallDigit_px) {
        t.photo = decode_at(0);
        find_marks(t, options.parts.stages, reading.times);
    }
    Page page;
    page.ink = std::move(t.ink);
    page.marks = std::move(t.marks);
    const AssembleOptions as{.reduction = t.photo.reduction,
                             .min_confidence = options.min_confidence,
                             .pattern = options.pattern,
                             .words = options.parts.words,
                             .company = options.parts.company};
    if (options.turn) {
        if (*options.turn > 0) page = turn_page(page, *options.turn, options.parts.stages, reading.times);
        read_pages({&page, 1}, engine, meaning, as, options.parts, reading.times);
        reading.turned = Orientation{*options.turn, 1};
    } else {
        read_pages({&page, 1}, engine, meaning, as, options.parts, reading.times);
        if (options.parts.turning)
            reading.turned = turn_where_doubtful(page, engine, meaning, as, options.parts, reading.times);
    }
    reading.device = engine.device();  // now, since an engine may fall back on another one
    const int quarters = reading.turned ? reading.turned->quarters : 0;
    turn(t.photo, quarters);
    t.ink = std::move(page.ink);
    t.marks = std::move(page.marks);
    t.rows = std::move(page.rows);
    t.tiles = std::move(page.tiles);
    t.scores = std::move(page.scores);
    t.tile_of_digit = std::move(page.assembly.tile_of_digit);
    reading.rows = std::move(page.assembly.rows);
    reading.width = t.photo.width;
    reading.height = t.photo.height;
    reading.warnings = t.photo.warnings;
    if (!reading.rows.empty())
        reading.confidence = page.assembly.confidence * (reading.turned ? reading.turned->confidence : 1);
    for (Row& row : reading.rows) {
        shift(row.box, t.photo);
        for (Digit& digit : row.digits) shift(digit.box, t.photo);
    }
    warn_of_rows(reading);
    return reading;
}

}  // namespace chiffre
