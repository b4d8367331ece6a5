// contact_sheet.cpp -- the pictures of the stages that work on tiles: all tiles on one sheet, row by row of the photo.
#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <set>

#include "report/canvas.h"
#include "report/stage_pictures.h"

namespace chiffre {

static constexpr int kColumns = 16;
static constexpr int kMostTiles = 1600;  // on a sheet; more are not looked at one by one
static constexpr int kEnlarged = 3;      // canvas pixels per pixel of a tile
static constexpr int kTile_px = kTileSide * kEnlarged, kMargin_px = 8, kLine_px = 15, kHeading_px = 24;
static constexpr double kLetter_px = 9, kHeadingLetter_px = 12;

using Caption = std::vector<std::string>;  // lines below a tile

static void put_tile(cv::Mat& sheet, const Tile& tile, const cv::Point& at, const Caption& caption, bool used) {
    const cv::Mat small(kTileSide, kTileSide, CV_8UC1, const_cast<std::uint8_t*>(tile.ink.data()));
    cv::Mat large;
    cv::resize(small, large, {kTile_px, kTile_px}, 0, 0, cv::INTER_NEAREST);
    cv::cvtColor(large, large, cv::COLOR_GRAY2RGB);
    const cv::Rect frame(at, large.size());
    large.copyTo(sheet(frame));
    if (used) cv::rectangle(sheet, frame, kGreen, 3);
    for (std::size_t i = 0; i < caption.size(); ++i) {
        const cv::Point below(at.x, at.y + kTile_px + kLine_px * (static_cast<int>(i) + 1) - 2);
        put_text(sheet, caption[i], below, kLetter_px, used ? kGreen : Colour(90, 90, 90));
    }
}

// The tiles of every row under a heading. captions[i] belongs to trace.tiles[i]; all have `lines` lines.
static cv::Mat contact_sheet(const Trace& trace, const std::vector<Caption>& captions, int lines) {
    std::set<int> used;
    for (const std::vector<int>& row : trace.tile_of_digit) used.insert(row.begin(), row.end());

    const int cell_w = kTile_px + kMargin_px, cell_h = kTile_px + lines * kLine_px + kMargin_px;
    int height = kMargin_px;
    for (int row = 0, shown = 0; row < static_cast<int>(trace.rows.size()) && shown < kMostTiles; ++row) {
        const int tiles = static_cast<int>(trace.rows[row].candidates.size());
        height += kHeading_px + (tiles + kColumns - 1) / kColumns * cell_h;
        shown += tiles;
    }
    cv::Mat sheet(std::max(height, kHeading_px), kColumns * cell_w + kMargin_px, CV_8UC3, Colour(255, 255, 255));

    int index = 0, y = kMargin_px;
    for (int row = 0; row < static_cast<int>(trace.rows.size()) && index < kMostTiles; ++row) {
        const int tiles = static_cast<int>(trace.rows[row].candidates.size());
        put_text(sheet, "row " + std::to_string(row), {kMargin_px, y + kHeading_px - 8}, kHeadingLetter_px, kBlue);
        y += kHeading_px;
        for (int i = 0; i < tiles; ++i, ++index) {
            const cv::Point at(kMargin_px + i % kColumns * cell_w, y + i / kColumns * cell_h);
            put_tile(sheet, trace.tiles[index], at, captions[index], used.count(index) != 0);
        }
        y += (tiles + kColumns - 1) / kColumns * cell_h;
    }
    return sheet;
}

cv::Mat normalize_picture(const Trace& trace) {
    std::vector<Caption> captions;
    for (const MarkRow& row : trace.rows)
        for (const Candidate& candidate : row.candidates) {
            const bool alone = candidate.last - candidate.first == 1;
            captions.push_back(
                {"#" + std::to_string(captions.size()),
                 alone ? "mark " + std::to_string(candidate.first)
                       : "marks " + std::to_string(candidate.first) + "-" + std::to_string(candidate.last - 1)});
        }
    return contact_sheet(trace, captions, 2);
}

static std::string with_probability(const std::string& what, double p) {
    char text[32];
    std::snprintf(text, sizeof text, "%s %.3f", what.c_str(), p);
    return text;
}

cv::Mat classify_picture(const Trace& trace, const ScoreMeaning& meaning) {
    std::vector<Caption> captions;
    for (const Scores& scores : trace.scores) {
        const Scores p = probabilities(scores, meaning);
        std::array<int, kClasses> order;
        std::iota(order.begin(), order.end(), 0);
        std::partial_sort(order.begin(), order.begin() + 2, order.end(), [&](int a, int b) { return p[a] > p[b]; });
        Caption caption{"#" + std::to_string(captions.size())};
        for (const int digit : {order[0], order[1]})
            caption.push_back(with_probability(std::to_string(digit), static_cast<double>(p[digit])));
        if (meaning.refuses)
            caption.push_back(with_probability("no digit", 1 - std::accumulate(p.begin(), p.end(), 0.0)));
        captions.push_back(caption);
    }
    return contact_sheet(trace, captions, meaning.refuses ? 4 : 3);
}

}  // namespace chiffre
