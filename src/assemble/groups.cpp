// groups.cpp -- a gap parts groups where it is wide for the digits' height and for the row.
#include "assemble/groups.h"

#include <algorithm>
#include <vector>

#include "assemble/median.h"

namespace chiffre {
namespace {

constexpr float kGroupGap = 0.9f;     // of the height of the row's digits: a gap this wide may separate groups ...
constexpr float kGroupFactor = 1.9f;  // ... where it is also this many times the row's median gap

}  // namespace

void start_groups(std::span<Digit> row) {
    if (row.size() < 2) return;
    std::vector<float> gaps, heights;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const Box& box = row[i].box;
        heights.push_back(static_cast<float>(box.h));
        if (i == 0) continue;
        const Box& before = row[i - 1].box;
        gaps.push_back(static_cast<float>(std::max(0, box.x - (before.x + before.w))));
    }
    const float wide_px = std::max(kGroupGap * median(heights), kGroupFactor * median(gaps));
    for (std::size_t i = 1; i < row.size(); ++i) row[i].starts_group = gaps[i - 1] > wide_px;
}

}  // namespace chiffre
