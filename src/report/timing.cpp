// timing.cpp -- the table of --timing.
#include "report/timing.h"

#include <algorithm>
#include <cstdio>

namespace chiffre {

void Timing::add(std::span<const StageTime> times) {
    for (const StageTime& time : times) {
        const auto sum = std::find_if(sums_.begin(), sums_.end(), [&](const auto& s) { return s.stage == time.stage; });
        if (sum == sums_.end())
            sums_.push_back(time);
        else
            sum->ms += time.ms;
    }
    ++images_;
}

void Timing::add_report(double ms) {
    report_ms_ += ms;
}

void Timing::set_opening(const OpeningTimes& opening) {
    std::string words = "still being opened in the background when all was done";
    char text[128];
    if (opening.ms) {
        std::snprintf(text, sizeof text, "%9.2f ms to open in the background; classify waited %.2f of them",
                      *opening.ms, opening.waited_ms);
        words = text;
    }
    if (opening.batches_meanwhile > 0) {
        std::snprintf(text, sizeof text, "; meanwhile the CPU classified %d %s, from %.2f to %.2f ms",
                      opening.batches_meanwhile, opening.batches_meanwhile == 1 ? "batch" : "batches", opening.from_ms,
                      opening.to_ms);
        words += text;
    }
    set_engine(words);
}

void Timing::set_engine(const std::string& words) {
    engine_ = "engine    " + words + "\n";
}

std::string Timing::table() const {
    std::vector<StageTime> lines = sums_;
    lines.push_back({"report", report_ms_});
    double total_ms = 0;
    for (const StageTime& line : lines) total_ms += line.ms;
    lines.push_back({"all", total_ms});

    std::string table = "stage            ms   ms/image   share\n";
    for (const StageTime& line : lines) {
        char text[96];
        std::snprintf(text, sizeof text, "%-9.9s %9.2f %10.3f %5.1f %%\n", line.stage.c_str(), line.ms,
                      line.ms / std::max(images_, 1), 100 * line.ms / std::max(total_ms, 1e-9));
        table += text;
    }
    return table + engine_;
}

}  // namespace chiffre
