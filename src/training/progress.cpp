// progress.cpp -- talk on stderr; stdout is for data.
#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "number_text.h"

namespace chiffre::training {
namespace {

constexpr double kRedraw_s = 0.2;
constexpr int kBarWidth = 24;
constexpr const char* kEraseLine = "\r\033[K";

double seconds(std::chrono::steady_clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

Progress::Progress(std::vector<std::string> set_names) : set_names_(std::move(set_names)), terminal_(isatty(2) == 1) {}

void Progress::step(const StepReport& report) {
    steps_ += report.new_steps;
    epoch_images_ += report.samples;
    epoch_s_ += report.seconds;
    const Clock::time_point now = Clock::now();
    if (!terminal_ || seconds(now - drawn_) < kRedraw_s) return;
    drawn_ = now;
    const double left_s =
        seconds(now - start_) / static_cast<double>(steps_) * static_cast<double>(report.steps - report.step);
    bar_ = true;
    const int filled = static_cast<int>(kBarWidth * report.step / report.steps);
    std::string bar(kBarWidth, ' ');
    std::fill_n(bar.begin(), filled, '=');
    std::fprintf(stderr, "%s[%s] epoch %d: loss %.4f, error %.2f %%, %.0f images/s, %s left", kEraseLine, bar.c_str(),
                 report.epoch, report.loss, 100 * report.error,
                 static_cast<double>(epoch_images_) / std::max(epoch_s_, 1e-6), clock_text(left_s).c_str());
    std::fflush(stderr);
}

void Progress::epoch(const EpochReport& report, int epochs) {
    images_per_s_ = static_cast<double>(epoch_images_) / std::max(epoch_s_, 1e-6);
    epoch_images_ = 0;
    epoch_s_ = 0;
    bar_ = false;

    std::string sets;
    for (std::size_t i = 0; i < set_names_.size() && set_names_.size() > 1; ++i) {
        char text[64];
        std::snprintf(text, sizeof text, " %s %.2f", set_names_[i].c_str(), 100 * report.validation_errors[i]);
        sets += text;
    }
    std::fprintf(stderr,
                 "%sepoch %d/%d: loss %.4f, error while learning %.2f %%, validation %.2f %% (best %.2f %% after "
                 "%d)%s%s, %.0f images/s\n",
                 terminal_ ? kEraseLine : "", report.epoch, epochs, report.loss, 100 * report.train_error,
                 100 * report.validation_error, 100 * report.best_error, report.best_epoch, sets.empty() ? "" : ":",
                 sets.c_str(), images_per_s_);
}

void Progress::end() {
    if (bar_) std::fputc('\n', stderr);
    bar_ = false;
}

}  // namespace chiffre::training
