// parts.h -- parts of the whole reading that can be left out for a measurement (ablation), and their names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stage_parts.h"

namespace chiffre {

struct Parts {
    StageParts stages;
    bool context = true;      // candidates are looked at where they stand, too
    bool variants = true;     // of each tile, the mean of whose scores counts
    bool style = true;        // doubtful digits are compared with the page's sure ones
    bool words = true;        // their marks are numbers or text together; else each by itself
    bool company = true;      // how digits of the page look
    bool outlines = true;     // digits drawn hollow are filled
    bool turning = true;      // pages that read poorly are tried other ways up
    bool second_look = true;  // photos that read poorly are read at another scale, too
};

// In the order of the stages: "polarity", "sheets", ...
std::vector<std::string_view> part_names();

// "lines,cuts" -> all parts but these. Throws Error(usage) with `option` for the name.
Parts parts_without(const std::string& names, const std::string& option);

}  // namespace chiffre
