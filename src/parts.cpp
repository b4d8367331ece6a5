// parts.cpp -- one table of names.
#include "parts.h"

#include <algorithm>
#include <array>

#include "error.h"
#include "split.h"

namespace chiffre {
namespace {

struct Entry {
    std::string_view name;
    bool& (*of)(Parts&);
};

constexpr std::array<Entry, 22> kEntries{{
    {"polarity", [](Parts& p) -> bool& { return p.stages.polarity; }},
    {"sheets", [](Parts& p) -> bool& { return p.stages.sheets; }},
    {"stroke-windows", [](Parts& p) -> bool& { return p.stages.stroke_windows; }},
    {"noise-floor", [](Parts& p) -> bool& { return p.stages.noise_floor; }},
    {"smoothing", [](Parts& p) -> bool& { return p.stages.smoothing; }},
    {"light-text", [](Parts& p) -> bool& { return p.stages.light_text; }},
    {"lines", [](Parts& p) -> bool& { return p.stages.lines; }},
    {"free-writing", [](Parts& p) -> bool& { return p.stages.free_writing; }},
    {"joins", [](Parts& p) -> bool& { return p.stages.joins; }},
    {"cuts", [](Parts& p) -> bool& { return p.stages.cuts; }},
    {"slope", [](Parts& p) -> bool& { return p.stages.slope; }},
    {"row-sizes", [](Parts& p) -> bool& { return p.stages.row_sizes; }},
    {"unions", [](Parts& p) -> bool& { return p.stages.unions; }},
    {"thickening", [](Parts& p) -> bool& { return p.stages.thickening; }},
    {"variants", [](Parts& p) -> bool& { return p.variants; }},
    {"context", [](Parts& p) -> bool& { return p.context; }},
    {"style", [](Parts& p) -> bool& { return p.style; }},
    {"words", [](Parts& p) -> bool& { return p.words; }},
    {"company", [](Parts& p) -> bool& { return p.company; }},
    {"outlines", [](Parts& p) -> bool& { return p.outlines; }},
    {"turning", [](Parts& p) -> bool& { return p.turning; }},
    {"second-look", [](Parts& p) -> bool& { return p.second_look; }},
}};

}  // namespace

std::vector<std::string_view> part_names() {
    std::vector<std::string_view> names;
    for (const Entry& entry : kEntries) names.push_back(entry.name);
    return names;
}

Parts parts_without(const std::string& names, const std::string& option) {
    Parts parts;
    for (const std::string& name : split(names, ',')) {
        const auto entry =
            std::find_if(kEntries.begin(), kEntries.end(), [&](const Entry& each) { return each.name == name; });
        if (entry == kEntries.end()) {
            std::string all;
            for (const Entry& each : kEntries) all.append(all.empty() ? "" : ", ").append(each.name);
            throw Error(ErrorCode::usage, option + ": expected some of " + all + ", found '" + name + "'");
        }
        entry->of(parts) = false;
    }
    return parts;
}

}  // namespace chiffre
