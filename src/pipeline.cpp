// pipeline.cpp -- the eight words in order, each timed. The eighth, report, belongs to the programs.
#include "pipeline.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "error.h"
#include "glance.h"
#include "orientation.h"
#include "outlined.h"
#include "overlay.h"
#include "page.h"
#include "turn.h"

namespace chiffre {
namespace {

// A JPEG that was decoded at a smaller scale (kEnough_px) is decoded again at full scale where its digits turn out
// lower than this, or too low to be seen at all.
constexpr float kSmallDigit_px = 28;
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
    if (options.parts.outlines) read_outlined(page, means);
    if (options.turn)
        reading.turned = Orientation{*options.turn, 1};
    else if (options.parts.turning)
        reading.turned = turn_where_doubtful(page, means);
    if (!reading.turned || reading.turned->quarters == 0) read_light_text(page, t.photo.grey, means);
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
