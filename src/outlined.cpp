// outlined.cpp -- the network is asked about a tile or two first, so that a page costs nothing more than that.
#include "outlined.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "orientation.h"
#include "outlines.h"

namespace chiffre {
namespace {

constexpr float kRead = 0.5f;  // a mark that is as probably a digit of the reading is left alone
constexpr float kSure = 0.9f;  // that a filled mark is some digit
constexpr float kHigh = 0.6f;  // of the typical height: a mark as high may be a digit
constexpr float kGain = 2.4f;  // evidence (orientation.h) that must come of it: half of that of a plain digit

// Marks that were read as no digits, alone or in a union.
std::vector<int> unread_marks(const Page& page) {
    std::vector<bool> is_read(page.marks.marks.size());
    std::size_t next = 0;
    for (const MarkRow& row : page.rows)
        for (const Candidate& candidate : row.candidates)
            if (page.assembly.digit_share[next++] >= kRead)
                for (const int id : candidate.marks)
                    if (static_cast<std::size_t>(id) < is_read.size()) is_read[static_cast<std::size_t>(id)] = true;
    std::vector<int> ids;
    for (std::size_t id = 0; id < is_read.size(); ++id)
        if (!is_read[id]) ids.push_back(static_cast<int>(id));
    return ids;
}

// Marks as high as digits.
std::vector<int> high_marks(const Marks& marks) {
    std::vector<int> ids;
    for (std::size_t id = 0; id < marks.marks.size(); ++id)
        if (static_cast<float>(marks.marks[id].box.height) >= kHigh * marks.digit_height_px)
            ids.push_back(static_cast<int>(id));
    return ids;
}

// Of these marks those that, filled, look like digits.
std::vector<int> digits_if_filled(const Page& page, const std::vector<int>& ids, const Means& means) {
    const Ink ink = filled(page.ink, page.marks, ids);
    Marks marks = page.marks;
    marks.labels = page.marks.labels.clone();
    std::vector<Tile> tiles;
    for (const int id : ids) {
        const Mark& mark = marks.at(id);
        marks.labels(mark.box).setTo(mark.label, shape_of(page.ink, page.marks, id));
        const Candidate candidate{.box = mark.box, .ink_px = mark.area_px, .marks = {id}};
        tiles.push_back(normalize(ink, marks, candidate, means.parts.stages));
    }
    const std::vector<Scores> scores =
        timed(means.times, "classify", [&] { return classify(tiles, means.networks.alone); });
    std::vector<int> digits;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const Scores p = probabilities(scores[i], means.networks.alone.meaning);
        if (std::accumulate(p.begin(), p.end(), 0.0f) >= kSure) digits.push_back(ids[i]);
    }
    return digits;
}

}  // namespace

void read_outlined(Page& page, const Means& means) {
    const auto outlines_of = [&](const std::vector<int>& ids) {
        return timed(means.times, "segment", [&] { return outlines_among(page.ink, page.marks, ids); });
    };
    const std::vector<int> doubtful = outlines_of(unread_marks(page));
    if (doubtful.empty()) return;
    std::vector<int> digits = digits_if_filled(page, doubtful, means);
    if (digits.empty()) return;
    // Where most marks are outlines, those that were read as some digits are, too.
    const std::vector<int> high = high_marks(page.marks);
    if (std::vector<int> all = outlines_of(high); 2 * all.size() >= high.size()) digits = std::move(all);
    Page other;
    other.ink = filled(page.ink, page.marks, digits);
    other.marks = timed(means.times, "segment", [&] { return segment(other.ink, means.parts.stages); });
    read_page(other, means);
    if (evidence_of(other.assembly.rows) >= evidence_of(page.assembly.rows) + kGain) page = std::move(other);
}

}  // namespace chiffre
