// context.cpp -- candidate -> tile that shows it where it stands: its own ink lighter than paper, what stands around it
// darker. A piece of a digit may look like another digit by itself; beside the rest of it, it does not.
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <vector>

#include "soft_ink.h"
#include "stages.h"

namespace chiffre {
namespace {

constexpr int kOwnSide_px = 16;  // longer side of the candidate in the tile: half a tile is left for what is around
constexpr int kPaper = 80, kOwn = 255, kOthers = 0;
// Of the picture so many samples a side are looked at, whatever the size of the candidate.
constexpr int kMostSamples = 2 * kTileSide;

// What a pixel of so much strength is shown as, by whose it is. Faint ink that is nobody's is the soft rim of a stroke.
struct Levels {
    std::array<std::uint8_t, 256> own, others, nobodys;
};

constexpr Levels make_levels() {
    constexpr int kRim = 128;  // of 255
    Levels levels{};
    for (std::size_t strength = 0; strength < 256; ++strength) {
        const int ink = soft_ink(static_cast<int>(strength));
        const auto towards = [&](int level) {
            return static_cast<std::uint8_t>(kPaper + ink * (level - kPaper) / 255);
        };
        levels.own[strength] = towards(kOwn);
        levels.others[strength] = towards(kOthers);
        levels.nobodys[strength] = ink < kRim ? static_cast<std::uint8_t>(kPaper) : levels.others[strength];
    }
    return levels;
}
constexpr Levels kLevels = make_levels();

// Levels of a line of samples. `columns`: of the picture, -1 outside of it, where the line is left as it is.
template <typename IsOwn>
void show_line(std::uint8_t* line, const std::vector<int>& columns, const int* labels, const std::uint8_t* strength,
               IsOwn is_own) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const int x = columns[i];
        if (x < 0) continue;
        const int label = labels[x];
        const auto& levels = is_own(label) ? kLevels.own : label == 0 ? kLevels.nobodys : kLevels.others;
        line[i] = levels[strength[x]];
    }
}

// The pixel of each of n samples of `side` pixels around `middle`; -1 outside of the picture.
std::vector<int> sampled(double middle, double side, int n, int end) {
    std::vector<int> places(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) {
        const int at = cvFloor(middle + side * ((i + 0.5) / n - 0.5));
        places[static_cast<std::size_t>(i)] = at < 0 || at >= end ? -1 : at;
    }
    return places;
}

}  // namespace

Tile frame_in_context(const Ink& ink, const Marks& marks, const Candidate& candidate) {
    const cv::Rect& box = candidate.box;
    const double side = static_cast<double>(std::max(box.width, box.height)) * kTileSide / kOwnSide_px;
    const int n = std::clamp(cvRound(side), kTileSide, kMostSamples);
    const std::vector<int> columns = sampled(box.x + 0.5 * box.width, side, n, marks.labels.cols);
    const std::vector<int> rows = sampled(box.y + 0.5 * box.height, side, n, marks.labels.rows);
    std::vector<int> own;
    for (const int id : candidate.marks) own.push_back(marks.at(id).label);
    cv::Mat seen(n, n, CV_8UC1, cv::Scalar(kPaper));
    const auto show = [&](auto is_own) {
        for (int y = 0; y < n; ++y)
            if (const int at = rows[static_cast<std::size_t>(y)]; at >= 0)
                show_line(seen.ptr(y), columns, marks.labels.ptr<int>(at), ink.strength.ptr(at), is_own);
    };
    if (own.size() == 1)  // most are one mark
        show([only = own.front()](int label) { return label == only; });
    else
        show([&](int label) { return std::find(own.begin(), own.end(), label) != own.end(); });
    Tile tile;
    cv::Mat shown(kTileSide, kTileSide, CV_8UC1, tile.ink.data());
    cv::resize(seen, shown, shown.size(), 0, 0, cv::INTER_AREA);
    return tile;
}

}  // namespace chiffre
