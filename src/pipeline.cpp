// pipeline.cpp -- the eight words in order, each timed. The eighth, report, belongs to the programs.
#include "pipeline.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <numeric>
#include <opencv2/core/utility.hpp>
#include <utility>

#include "assemble.h"
#include "error.h"
#include "glance.h"
#include "needed_parts.h"
#include "orientation.h"
#include "turn.h"
#include "variants.h"

namespace chiffre {
namespace {

// A JPEG that was decoded at a smaller scale (kEnough_px) is decoded again at full scale where its digits turn out
// lower than this, or too low to be seen at all.
constexpr float kSmallDigit_px = 28;
// A tile of which the network is as sure is not asked about again in variants: on drawn pages that raises no rate of
// errors; at 0.99 letters are taken for digits a little more often.
constexpr float kSure = 0.999f;
// A candidate that the network, seeing it alone, takes for a digit with less is not looked at where it stands: however
// sure the other were, it would hardly be likelier than what is always allowed for (kLeastDigit in evidence.cpp). From
// 0.001 on drawn pages and photographs read the same, in 2 % more time.
constexpr float kWorthAsking = 3e-3f;
// Nor is one that is as seldom a digit of the reading, over all paths, by what the network says at first. Three of four
// unsure tiles of drawn pages are, and no rate of errors changes by more than 0.05 %.
constexpr float kInPlay = 1e-3f;
constexpr int kTilesPerThread = 256;  // fewer are made sooner than a thread is woken

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

// What reading a page takes beside the page.
struct Means {
    const Networks& networks;
    AssembleOptions assemble;
    const Parts& parts;
    std::vector<StageTime>& times;
};

std::vector<Scores> classify(const std::vector<Tile>& tiles, const Judge& judge) {
    std::vector<Scores> scores(tiles.size());
    if (!tiles.empty()) judge.engine.classify(tiles, scores);
    return scores;
}

// The probability that it is any digit.
float digit_probability(const Scores& scores, const ScoreMeaning& meaning) {
    const Scores digits = probabilities(scores, meaning);
    return std::accumulate(digits.begin(), digits.end(), 0.0f);
}

bool is_sure(const Scores& scores, const ScoreMeaning& meaning) {
    const Scores digits = probabilities(scores, meaning);
    const float none = 1 - std::accumulate(digits.begin(), digits.end(), 0.0f);
    return std::max(none, *std::max_element(digits.begin(), digits.end())) >= kSure;
}

// Of each tile what the network says of it alone, of those `in_doubt` the mean of the logits over its variants.
std::vector<Scores> second_opinions(const std::vector<Tile>& tiles, const std::vector<Scores>& alone,
                                    const std::vector<std::size_t>& in_doubt, const Means& means) {
    std::vector<Scores> scores = alone;
    std::vector<Tile> doubtful_tiles;
    for (const std::size_t i : in_doubt) {
        doubtful_tiles.push_back(tiles[i]);
        scores[i] = {};
    }
    const std::vector<Scores> opinions = classify(vary(doubtful_tiles), means.networks.alone);
    for (std::size_t i = 0; i < opinions.size(); ++i)
        for (std::size_t k = 0; k < opinions[i].size(); ++k)
            scores[in_doubt[i / kVariants]][k] += opinions[i][k] / static_cast<float>(kVariants);
    return scores;
}

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
std::vector<Tile> normalize_all(const Page& page, Kind kind, const StageParts& parts) {
    std::vector<const Candidate*> all;
    for (const MarkRow& row : page.rows)
        for (const Candidate& candidate : row.candidates)
            if (is_part(candidate) == (kind == Kind::parts)) all.push_back(&candidate);
    std::vector<Tile> tiles(all.size());
    const auto make = [&](const cv::Range& range) {
        for (int i = range.start; i < range.end; ++i)
            tiles[static_cast<std::size_t>(i)] =
                normalize(page.ink, page.marks, *all[static_cast<std::size_t>(i)], parts);
    };
    const auto count = static_cast<int>(all.size());
    cv::parallel_for_({0, count}, make, std::max(1, count / kTilesPerThread));
    return tiles;
}

// As the network that sees each candidate where it stands says. It is not asked about what the other one takes for
// none: all zeros.
std::vector<Scores> look_in_context(const Page& page, const Means& means) {
    if (!means.networks.context || !means.parts.context) return {};
    std::vector<Scores> result(page.tiles.size());
    std::vector<std::size_t> asked;
    std::vector<Tile> tiles;
    std::size_t next = 0;
    for (const MarkRow& row : page.rows)
        for (const Candidate& candidate : row.candidates) {
            const std::size_t i = next++;
            if (digit_probability(page.alone[i], means.networks.alone.meaning) < kWorthAsking) continue;
            asked.push_back(i);
            tiles.push_back(frame_in_context(page.ink, page.marks, candidate));
        }
    const std::vector<Scores> scores = classify(tiles, *means.networks.context);
    for (std::size_t i = 0; i < scores.size(); ++i)
        result[asked[i]] = probabilities(scores[i], means.networks.context->meaning);
    return result;
}

// What belongs to the candidates of either kind, in the order of all.
template <typename Value>
std::vector<Value> in_order(const std::vector<MarkRow>& rows, const std::vector<Value>& wholes,
                            const std::vector<Value>& parts) {
    std::vector<Value> all;
    all.reserve(wholes.size() + parts.size());
    auto whole = wholes.begin(), part = parts.begin();
    for (const MarkRow& row : rows)
        for (const Candidate& candidate : row.candidates) all.push_back(is_part(candidate) ? *part++ : *whole++);
    return all;
}

void assemble_page(Page& page, const Means& means) {
    AssembleOptions options = means.assemble;
    options.digit_height_px = page.marks.digit_height_px;
    page.assembly = timed(means.times, "assemble", [&] {
        return assemble(page.rows, page.scores, page.context, means.networks.alone.meaning, options);
    });
}

// Of a page that was read by each tile alone, the tiles that a second opinion is worth asking about: the network is not
// sure, and they may be digits of the reading. Where a pattern is to be kept, any may.
std::vector<std::size_t> tiles_in_doubt(const Page& page, const Means& means) {
    const float least = means.assemble.pattern.matches_anything() ? kInPlay : 0;
    std::vector<std::size_t> in_doubt;
    for (std::size_t i = 0; i < page.tiles.size(); ++i)
        if (page.assembly.digit_share[i] >= least && !is_sure(page.alone[i], means.networks.alone.meaning))
            in_doubt.push_back(i);
    return in_doubt;
}

// Marks to rows: one batch for the engine of marks and unions, one of the parts that are needed then, and one where
// second opinions are asked for.
void read_page(Page& page, const Means& means) {
    const StageParts& stages = means.parts.stages;
    page.rows = timed(means.times, "order", [&] { return order(page.marks, stages); });
    const auto make = [&](Kind kind) {
        return timed(means.times, "normalize", [&] { return normalize_all(page, kind, stages); });
    };
    const auto ask = [&](const std::vector<Tile>& tiles) {
        return timed(means.times, "classify", [&] { return classify(tiles, means.networks.alone); });
    };
    const std::vector<Tile> wholes = make(Kind::wholes);
    const std::vector<Scores> of_wholes = ask(wholes);
    page.rows = keep_needed_parts(std::move(page.rows), of_wholes, means.networks.alone.meaning);
    const std::vector<Tile> parts = make(Kind::parts);
    page.tiles = in_order(page.rows, wholes, parts);
    page.alone = in_order(page.rows, of_wholes, ask(parts));
    page.scores = page.alone;
    page.context = timed(means.times, "classify", [&] { return look_in_context(page, means); });
    assemble_page(page, means);
    if (!means.parts.variants) return;
    const std::vector<std::size_t> in_doubt = tiles_in_doubt(page, means);
    if (in_doubt.empty()) return;
    page.scores =
        timed(means.times, "classify", [&] { return second_opinions(page.tiles, page.alone, in_doubt, means); });
    assemble_page(page, means);
}

// Several ways up at once, by each tile by itself: one batch for the engine.
void try_pages(std::span<Page> pages, const Means& means) {
    std::vector<Tile> tiles;
    for (Page& page : pages) {
        page.rows = timed(means.times, "order", [&] { return order(page.marks, means.parts.stages); });
        page.tiles =
            timed(means.times, "normalize", [&] { return normalize_all(page, Kind::wholes, means.parts.stages); });
        tiles.insert(tiles.end(), page.tiles.begin(), page.tiles.end());
    }
    const std::vector<Scores> alone =
        timed(means.times, "classify", [&] { return classify(tiles, means.networks.alone); });
    auto next = alone.begin();
    for (Page& page : pages) {
        const auto end = next + static_cast<std::ptrdiff_t>(page.tiles.size());
        page.alone.assign(next, end);
        page.scores = page.alone;
        next = end;
        assemble_page(page, means);
    }
}

Page turn_page(const Page& page, int quarters, const Means& means) {
    Page result;
    result.ink = turned(page.ink, quarters);
    result.marks = timed(means.times, "segment", [&] { return segment(result.ink, means.parts.stages); });
    return result;
}

// To tell which way up the page lies, the lines that were found as it lies, and marks that are not cut, are enough.
// ink: the page's, without its lines.
Page try_page(const Page& page, const Ink& ink, int quarters, const Means& means) {
    Page result;
    result.ink = turned(ink, quarters);
    StageParts stages = means.parts.stages;
    stages.cuts = false;
    result.marks = timed(means.times, "segment", [&] {
        return segment_without_lines(result.ink, turned_bands(page.marks.bands, quarters), stages);
    });
    return result;
}

std::array<float, kTurns> glance(const Page& page, const Means& means) {
    const StageParts& stages = means.parts.stages;
    const std::vector<Tile> tiles =
        timed(means.times, "normalize", [&] { return tiles_of_all_ways(page.ink, page.marks, stages); });
    const std::vector<Scores> scores =
        timed(means.times, "classify", [&] { return classify(tiles, means.networks.alone); });
    return timed(means.times, "assemble", [&] {
        return evidence_of_all_ways(page.marks, scores, means.networks.alone.meaning, means.assemble, stages);
    });
}

// Where the page reads poorly, tries other ways up, too, and reads it in the likeliest. Nothing where that was not
// tried.
std::optional<Orientation> turn_where_doubtful(Page& page, const Means& means) {
    if (page.marks.marks.empty() ||
        !is_doubtful(evidence_of(page.assembly, page.scores, means.networks.alone.meaning), page.marks.marks.size()))
        return {};
    const std::array<float, kTurns> glanced = glance(page, means);
    const std::vector<int> ways = ways_worth_trying(glanced);
    if (ways.empty()) return decide(glanced);
    Ink without_lines = page.ink;
    without_lines.mask = cv::Mat(page.marks.labels != 0);  // else written into the page's own
    std::vector<Page> others;
    for (const int q : ways) others.push_back(try_page(page, without_lines, q, means));
    try_pages(others, means);
    const ScoreMeaning& meaning = means.networks.alone.meaning;
    std::array<float, kTurns> evidence;
    evidence.fill(-std::numeric_limits<float>::infinity());
    evidence[0] = evidence_of(page.assembly, page.alone, meaning);
    for (std::size_t i = 0; i < ways.size(); ++i)
        evidence[static_cast<std::size_t>(ways[i])] = evidence_of(others[i].assembly, others[i].alone, meaning);
    const Orientation best = decide(evidence);
    if (best.quarters > 0) {
        page = turn_page(page, best.quarters, means);
        read_page(page, means);
    }
    return best;
}

}  // namespace

Reading read_photo(std::span<const std::uint8_t> bytes, const std::string& name, const Networks& networks,
                   const ReadOptions& options, Trace* trace) {
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
    const Means means{.networks = networks,
                      .assemble = {.reduction = t.photo.reduction,
                                   .min_confidence = options.min_confidence,
                                   .pattern = options.pattern,
                                   .words = options.parts.words,
                                   .company = options.parts.company},
                      .parts = options.parts,
                      .times = reading.times};
    if (options.turn && *options.turn > 0) page = turn_page(page, *options.turn, means);
    read_page(page, means);
    if (options.turn)
        reading.turned = Orientation{*options.turn, 1};
    else if (options.parts.turning)
        reading.turned = turn_where_doubtful(page, means);
    reading.device = networks.alone.engine.device();  // now, since an engine may fall back on another one
    const int quarters = reading.turned ? reading.turned->quarters : 0;
    turn(t.photo, quarters);
    t.ink = std::move(page.ink);
    t.marks = std::move(page.marks);
    t.rows = std::move(page.rows);
    t.tiles = std::move(page.tiles);
    t.scores = std::move(page.scores);
    t.context = std::move(page.context);
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
