// harvest.cpp -- pages are drawn and cut up in parallel and gathered in order.
#include "harvest.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_pipeline.h>

#include <array>
#include <string>

#include "harvest_label.h"
#include "report/jpeg_writer.h"
#include "shuffle.h"
#include "synthesis/paint.h"

namespace chiffre::training {
namespace {

// Wide enough for a page of writing, narrow enough that no reader would shrink the picture before it looks.
constexpr int kNarrowest_px = 640, kWidest_px = 1280;
constexpr std::uint64_t kOwnSeeds = std::uint64_t{1} << 63;
constexpr int kMostOfKind = 24;     // of one page: pages full of one thing would outweigh the others
constexpr int kHeldBackShare = 10;  // one page in so many

// Where digits touch, no candidate may be clean: the best one is what the graph has to take, if it can be read.
constexpr double kLeastOverlap = 0.78;
struct Best {
    double overlap = 0;
    PageHarvest::Sample sample{};
};

// At most kMostOfKind of each kind, any of them, in the order they had.
void thin_out(std::vector<PageHarvest::Sample>& samples, const Random& random) {
    std::array<int, kHarvestKinds.size()> kept{};
    std::vector<char> keep(samples.size());
    for (const int i : shuffled(static_cast<int>(samples.size()), random)) {
        const auto at = static_cast<std::size_t>(i);
        int& count = kept[static_cast<std::size_t>(samples[at].kind)];
        keep[at] = count < kMostOfKind;
        count += keep[at];
    }
    std::size_t next = 0;
    for (std::size_t i = 0; i < samples.size(); ++i)
        if (keep[i]) samples[next++] = samples[i];
    samples.resize(next);
}

}  // namespace

PageHarvest harvest_page(const HarvestOptions& options, std::uint32_t index) {
    Random size(options.seed, Stream::harvest, 0, index);
    synthesis::SceneOptions drawn;
    drawn.width = kNarrowest_px + size.below(kWidest_px - kNarrowest_px + 1);
    drawn.height = 3 * drawn.width / 4;
    drawn.style = options.style;
    drawn.without = {synthesis::Effect::turned};  // the way up is found before a reading is believed
    drawn.fonts = options.fonts;
    drawn.traced = options.traced;
    const synthesis::Scene scene = draw_scene(drawn, options.seed | kOwnSeeds, index);
    const synthesis::Photograph photograph = paint(scene);
    const std::string jpeg = encode_jpeg(photograph.rgb, scene.quality);
    const Photo photo = decode({reinterpret_cast<const std::uint8_t*>(jpeg.data()), jpeg.size()}, "a drawn page");
    const Ink ink = binarize(photo.grey);
    const Marks marks = segment(ink);
    const PageTruth truth = truth_of(scene, photograph.part);
    const HarvestJudge judge(truth, marks, options.view);
    PageHarvest page;
    page.style = static_cast<int>(scene.style);
    std::vector<char> found(truth.things.size());  // digits that have a candidate
    std::vector<Best> best(truth.things.size());
    for (const MarkRow& row : order(marks))
        for (const Candidate& candidate : row.candidates) {
            const std::optional<HarvestLabel> label = judge.judge(candidate);
            const HarvestJudge::Match match = judge.best_match(candidate);
            const bool alone = options.view == TileView::alone;
            const Tile tile = alone ? normalize(ink, marks, candidate) : frame_in_context(ink, marks, candidate);
            if (label && !(alone && looks_like_digit(tile, label->kind))) {
                page.samples.push_back({tile, label->kind, label->label});
                if (is_digit(label->kind)) found[static_cast<std::size_t>(match.thing)] = true;
                continue;
            }
            ++page.left_out;
            if (label || match.thing < 0) continue;
            Best& so_far = best[static_cast<std::size_t>(match.thing)];
            if (match.overlap > so_far.overlap) so_far = {match.overlap, {tile, match.label.kind, match.label.label}};
        }
    for (std::size_t thing = 0; thing < best.size(); ++thing) {
        if (found[thing] || best[thing].overlap < kLeastOverlap) continue;
        page.samples.push_back(best[thing].sample);
        --page.left_out;
    }
    thin_out(page.samples, Random(options.seed, Stream::harvest, 1, index));
    return page;
}

HarvestResult harvest_pages(const HarvestOptions& options, const std::function<void(int)>& progress) {
    namespace tbb = oneapi::tbb;
    HarvestResult result;
    result.harvest.style_names = synthesis::style_names();
    result.pages.resize(synthesis::kStyles);
    result.left_out.resize(synthesis::kStyles);
    const int first_held_back = options.pages - options.pages / kHeldBackShare;

    const std::size_t threads = options.threads > 0 ? static_cast<std::size_t>(options.threads)
                                                    : static_cast<std::size_t>(tbb::info::default_concurrency());
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    int next = 0, done = 0;
    const auto count_up = [&](tbb::flow_control& control) {
        if (next == options.pages) control.stop();
        return static_cast<std::uint32_t>(next++);
    };
    const auto draw = [&](std::uint32_t index) { return harvest_page(options, index); };
    const auto gather = [&](const PageHarvest& page) {
        for (const PageHarvest::Sample& sample : page.samples)
            result.harvest.add(sample.tile, sample.label, sample.kind, page.style, done >= first_held_back);
        ++result.pages[static_cast<std::size_t>(page.style)];
        result.left_out[static_cast<std::size_t>(page.style)] += page.left_out;
        progress(++done);
    };
    tbb::parallel_pipeline(threads, tbb::make_filter<void, std::uint32_t>(tbb::filter_mode::serial_in_order, count_up) &
                                        tbb::make_filter<std::uint32_t, PageHarvest>(tbb::filter_mode::parallel, draw) &
                                        tbb::make_filter<PageHarvest, void>(tbb::filter_mode::serial_in_order, gather));
    result.harvest.facts = {{"harvest", "1"},
                            {"pages", std::to_string(options.pages)},
                            {"seed", std::to_string(options.seed)},
                            {kViewFact, std::string(name_of(options.view))},
                            {"style", std::string(style_name(options.style))},
                            {"traced", options.traced ? "MNIST's training digits but those held back" : "none"},
                            {"fonts", std::to_string(options.fonts.size())}};
    return result;
}

}  // namespace chiffre::training
