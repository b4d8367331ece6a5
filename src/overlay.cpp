// overlay.cpp -- a region is a picture of its own, turned negative, whose boxes are moved to where it lies.
#include "overlay.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace chiffre {
namespace {

constexpr int kLeastDigits = 4;     // of a row: a year, or hours and minutes
constexpr float kLeastSure = 0.8f;  // confidence of each of them, on average: anything light may look like text
constexpr double kAround = 0.5;     // of the row's height: paper beside it that is looked at, too

// Nothing where the region's ink turns out to be as dark as the page's: what is light there is what it stands on.
std::optional<Page> page_of(const cv::Mat& grey, const cv::Rect& region, const Means& means) {
    Page page;
    const cv::Mat negative = 255 - grey(region);
    StageParts stages = means.parts.stages;
    stages.sheets = false;  // a row of text has none
    page.ink = timed(means.times, "binarize", [&] { return binarize(negative, stages); });
    if (page.ink.light_on_dark) return {};
    page.marks = timed(means.times, "segment", [&] { return segment(page.ink, means.parts.stages); });
    read_page(page, means);
    return page;
}

bool is_number(const Row& row) {
    float sum = 0;
    for (const Digit& digit : row.digits) sum += digit.confidence;
    return row.digits.size() >= kLeastDigits && sum >= kLeastSure * static_cast<float>(row.digits.size());
}

// What belongs to the marks of the region means nothing on the page.
void move(Page& part, cv::Point by, double reduction) {
    for (MarkRow& row : part.rows) {
        row.marks.clear();
        for (Candidate& candidate : row.candidates) {
            candidate.box += by;
            candidate.marks.clear();
        }
    }
    const int dx = cvRound(by.x * reduction), dy = cvRound(by.y * reduction);
    const auto shift = [&](Box& box) { box.x += dx, box.y += dy; };
    for (Row& row : part.assembly.rows) {
        shift(row.box);
        for (Digit& digit : row.digits) shift(digit.box);
    }
}

template <typename Value>
void append(std::vector<Value>& all, const std::vector<Value>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

void add(Page& page, const Page& part) {
    const auto first_tile = static_cast<int>(page.tiles.size());
    append(page.rows, part.rows);
    append(page.tiles, part.tiles);
    append(page.alone, part.alone);
    append(page.scores, part.scores);
    append(page.context, part.context);
    Assembly& whole = page.assembly;
    append(whole.digit_share, part.assembly.digit_share);
    whole.confidence *= part.assembly.confidence;
    for (std::size_t r = 0; r < part.assembly.rows.size(); ++r) {
        const Row& row = part.assembly.rows[r];
        const auto below = std::find_if(whole.rows.begin(), whole.rows.end(),
                                        [&](const Row& other) { return other.box.y > row.box.y + row.box.h; });
        std::vector<int> tiles = part.assembly.tile_of_digit[r];
        for (int& tile : tiles) tile += first_tile;
        whole.tile_of_digit.insert(whole.tile_of_digit.begin() + (below - whole.rows.begin()), std::move(tiles));
        whole.rows.insert(below, row);
    }
}

}  // namespace

void read_light_text(Page& page, const cv::Mat& grey, const Means& means) {
    for (const cv::Rect& text : page.ink.light_text) {
        const int around = static_cast<int>(kAround * text.height);
        const cv::Rect region =
            cv::Rect(text.x - around, text.y - around, text.width + 2 * around, text.height + 2 * around) &
            cv::Rect({0, 0}, grey.size());
        std::optional<Page> part = page_of(grey, region, means);
        if (!part) continue;
        const std::vector<Row>& rows = part->assembly.rows;
        if (rows.empty() || !std::all_of(rows.begin(), rows.end(), is_number)) continue;
        move(*part, region.tl(), means.assemble.reduction);
        add(page, *part);
    }
}

}  // namespace chiffre
