// search_progress.cpp -- the time left is an upper bound: it counts no trial as dropped that is still there.
#include "search_progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "number_text.h"

namespace chiffre::training {
namespace {

constexpr std::chrono::milliseconds kRedraw(200);
constexpr std::chrono::seconds kLineEvery(10);
constexpr int kBarWidth = 24;
constexpr const char* kEraseLine = "\r\033[K";

}  // namespace

SearchProgress::SearchProgress(std::int64_t epochs) : terminal_(isatty(2) == 1), left_(epochs) {}

void SearchProgress::epoch() {
    const std::lock_guard lock(mutex_);
    ++done_;
    left_ = std::max<std::int64_t>(left_ - 1, 0);
    const Clock::time_point now = Clock::now();
    if (now - drawn_ < (terminal_ ? Clock::duration(kRedraw) : Clock::duration(kLineEvery))) return;
    drawn_ = now;
    draw();
}

void SearchProgress::rung(const RungReport& report) {
    const std::lock_guard lock(mutex_);
    left_ = report.epochs_left;
    bar_ = false;
    std::string best;
    if (report.left > 0) {
        char text[64];
        std::snprintf(text, sizeof text, ", best %.2f %%", 100 * report.best_error);
        best = text;
    }
    std::fprintf(stderr, "%s%s: %d %s, %d dropped, %d left%s%s\n", terminal_ ? kEraseLine : "", report.name.c_str(),
                 report.trials, report.trials == 1 ? "trial" : "trials", report.dropped, report.left, best.c_str(),
                 left_ > 0 ? (", at most " + clock_text(seconds_left()) + " left").c_str() : "");
}

void SearchProgress::end() {
    const std::lock_guard lock(mutex_);
    if (bar_) std::fputs(kEraseLine, stderr);
    bar_ = false;
}

double SearchProgress::seconds_left() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return seconds / static_cast<double>(std::max<std::int64_t>(done_, 1)) * static_cast<double>(left_);
}

void SearchProgress::draw() {
    const std::int64_t all = std::max<std::int64_t>(done_ + left_, 1);
    std::string bar;
    bar_ = terminal_;
    if (terminal_) {
        const auto filled = static_cast<std::size_t>(kBarWidth * done_ / all);
        bar = kEraseLine + ("[" + std::string(filled, '=') + std::string(kBarWidth - filled, ' ') + "] ");
    }
    std::fprintf(stderr, "%s%lld of %lld epochs, at most %s left%s", bar.c_str(), static_cast<long long>(done_),
                 static_cast<long long>(all), clock_text(seconds_left()).c_str(), terminal_ ? "" : "\n");
    std::fflush(stderr);
}

}  // namespace chiffre::training
