// look.cpp -- marks, rows, digits; then what is drawn hollow, other ways up where the page reads poorly, and light
// text.
#include "look.h"

#include <limits>
#include <utility>

#include "glance.h"
#include "orientation.h"
#include "outlined.h"
#include "overlay.h"
#include "turn.h"

namespace chiffre {
namespace {

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

Found find_marks(const cv::Mat& grey, const StageParts& parts, std::vector<StageTime>& times) {
    Found found;
    found.ink = timed(times, "binarize", [&] { return binarize(grey, parts); });
    found.marks = timed(times, "segment", [&] { return segment(found.ink, parts); });
    return found;
}

Look look_at(Photo photo, Found found, const Networks& networks, const ReadOptions& options,
             std::vector<StageTime>& times) {
    Look look;
    look.photo = std::move(photo);
    Page& page = look.page;
    page.ink = std::move(found.ink);
    page.marks = std::move(found.marks);
    const Means means{.networks = networks,
                      .assemble = {.reduction = look.photo.reduction,
                                   .min_confidence = options.min_confidence,
                                   .pattern = options.pattern,
                                   .words = options.parts.words,
                                   .company = options.parts.company},
                      .parts = options.parts,
                      .times = times};
    if (options.turn && *options.turn > 0) page = turn_page(page, *options.turn, means);
    read_page(page, means);
    if (options.parts.outlines) read_outlined(page, means);
    if (options.turn)
        look.turned = Orientation{*options.turn, 1};
    else if (options.parts.turning)
        look.turned = turn_where_doubtful(page, means);
    if (!look.turned || look.turned->quarters == 0) read_light_text(page, look.photo.grey, means);
    if (!page.assembly.rows.empty())
        look.confidence = page.assembly.confidence * (look.turned ? look.turned->confidence : 1);
    return look;
}

}  // namespace chiffre
