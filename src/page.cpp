// page.cpp -- one batch for the engine where one is enough: tiles are asked about in the order in which they are
// needed.
#include "page.h"

#include <algorithm>
#include <numeric>
#include <opencv2/core/utility.hpp>
#include <utility>

#include "needed_parts.h"
#include "style.h"
#include "variants.h"

namespace chiffre {
namespace {

// A tile of which the network is as sure is not asked about again in variants: on drawn pages that raises no rate of
// errors; at 0.99 letters are taken for digits a little more often.
constexpr float kSure = 0.999f;
// Nor is a candidate that is as seldom a digit of the reading, over all paths, by what the network says seeing each
// alone; nor is it looked at where it stands. Three of four unsure tiles of drawn pages are. Rates of errors change by
// no more than 0.1 %, of touching triples by 0.3 %, for the better.
constexpr float kInPlay = 1e-3f;
// Where a pattern is to be kept, a row may lose so much of its likelihood for it (kMostForced in assemble.cpp: e^-12).
constexpr float kInPlayOfPattern = 6e-6f;
constexpr int kTilesPerThread = 256;  // fewer are made sooner than a thread is woken

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

float least_share(const Means& means) {
    return means.assemble.pattern.matches_anything() ? kInPlay : kInPlayOfPattern;
}

// As the network that sees each candidate where it stands says, of a page that was read by each tile alone. It is not
// asked about what is out of play: all zeros.
std::vector<Scores> look_in_context(const Page& page, const Means& means) {
    if (!means.networks.context || !means.parts.context) return {};
    std::vector<Scores> result(page.tiles.size());
    std::vector<std::size_t> asked;
    std::vector<Tile> tiles;
    std::size_t next = 0;
    for (const MarkRow& row : page.rows)
        for (const Candidate& candidate : row.candidates) {
            const std::size_t i = next++;
            if (page.assembly.digit_share[i] < least_share(means)) continue;
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

// Of a page that was read by each tile alone, the tiles that a second opinion is worth asking about: the network is not
// sure, and they may be digits of the reading.
std::vector<std::size_t> tiles_in_doubt(const Page& page, const Means& means) {
    const float least = least_share(means);
    std::vector<std::size_t> in_doubt;
    for (std::size_t i = 0; i < page.tiles.size(); ++i)
        if (page.assembly.digit_share[i] >= least && !is_sure(page.alone[i], means.networks.alone.meaning))
            in_doubt.push_back(i);
    return in_doubt;
}

// Tiles in doubt, in variants.
void ask_again(Page& page, const Means& means) {
    const std::vector<std::size_t> in_doubt = tiles_in_doubt(page, means);
    if (in_doubt.empty()) return;
    page.scores =
        timed(means.times, "classify", [&] { return second_opinions(page.tiles, page.alone, in_doubt, means); });
    assemble_page(page, means);
}

}  // namespace

std::vector<Scores> classify(const std::vector<Tile>& tiles, const Judge& judge) {
    std::vector<Scores> scores(tiles.size());
    if (!tiles.empty()) judge.engine.classify(tiles, scores);
    return scores;
}

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

void assemble_page(Page& page, const Means& means) {
    AssembleOptions options = means.assemble;
    options.digit_height_px = page.marks.digit_height_px;
    page.assembly = timed(means.times, "assemble", [&] {
        return assemble(page.rows, page.scores, page.context, means.networks.alone.meaning, options);
    });
}

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
    assemble_page(page, means);
    page.context = timed(means.times, "classify", [&] { return look_in_context(page, means); });
    if (!page.context.empty()) assemble_page(page, means);
    if (means.parts.variants) ask_again(page, means);
    if (!means.parts.style) return;
    if (timed(means.times, "assemble", [&] { return compare_with_page(page, means.networks.alone.meaning); }))
        assemble_page(page, means);
}

}  // namespace chiffre
