// progress.cpp -- numbers into words.
#include "run/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "console.h"

namespace chiffre {

// 1234567 -> "1,234,567"
static std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

// Three figures that say something: "0.031", "12.3", "1,234".
static std::string rate_text(double rate) {
    if (rate >= 100) return grouped(std::llround(rate));
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", rate >= 10 ? 1 : rate >= 1 ? 2 : 3, rate);
    return text;
}

// "8.1 s", "2 min 05 s", "3 h 07 min"
static std::string duration_text(double seconds) {
    char text[48];
    const auto whole = static_cast<long long>(seconds);
    if (seconds < 60)
        std::snprintf(text, sizeof text, "%.1f s", seconds);
    else if (whole < 3600)
        std::snprintf(text, sizeof text, "%lld min %02lld s", whole / 60, whole % 60);
    else
        std::snprintf(text, sizeof text, "%lld h %02lld min", whole / 3600, whole / 60 % 60);
    return text;
}

Progress::Rates Progress::rates(const Tally& tally) const {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const auto per_s = [&](std::int64_t now, std::int64_t before) {
        return static_cast<double>(now - before) / std::max(seconds, 1e-9);
    };
    return {seconds, per_s(tally.photos(), before_.photos()), per_s(tally.digits, before_.digits)};
}

std::optional<double> Progress::seconds_left(const Tally& tally, std::optional<std::int64_t> total) const {
    const double rate = rates(tally).photos_per_s;
    if (!total || rate <= 0) return std::nullopt;
    return static_cast<double>(std::max<std::int64_t>(*total - tally.photos(), 0)) / rate;
}

void Progress::update(const Tally& tally, std::optional<std::int64_t> total) {
    if (style_ == ProgressStyle::none || Clock::now() < next_) return;
    const bool json_wanted = style_ == ProgressStyle::json;
    next_ = Clock::now() + std::chrono::milliseconds(json_wanted ? 1000 : 100);
    if (json_wanted)
        talk(json(tally, total, "running"));
    else
        show_status(line(tally, total));
}

void Progress::end(const Tally& tally, std::optional<std::int64_t> total, const std::string& state) {
    if (style_ == ProgressStyle::terminal) show_status("");
    if (style_ == ProgressStyle::json) talk(json(tally, total, state));
}

std::string Progress::json(const Tally& tally, std::optional<std::int64_t> total, const std::string& state) const {
    using Json = nlohmann::ordered_json;
    const auto rounded = [](double value) { return std::round(value * 1e3) / 1e3; };
    const Rates now = rates(tally);
    const auto left = seconds_left(tally, total);
    const Json object = {{"progress", state},
                         {"photos", tally.photos()},
                         {"total", total ? Json(*total) : Json()},
                         {"read", tally.read},
                         {"empty", tally.empty},
                         {"failed", tally.failed},
                         {"digits", tally.digits},
                         {"before", before_.photos()},
                         {"seconds", rounded(now.seconds)},
                         {"photos_per_s", rounded(now.photos_per_s)},
                         {"digits_per_s", rounded(now.digits_per_s)},
                         {"seconds_left", left ? Json(rounded(*left)) : Json()}};
    return object.dump() + "\n";
}

std::string Progress::line(const Tally& tally, std::optional<std::int64_t> total) const {
    const char* const no_color = std::getenv("NO_COLOR");
    const bool color = !no_color || *no_color == '\0';
    std::string text = grouped(tally.photos());
    if (total) {
        const auto all = std::max<std::int64_t>(*total, 1);
        text +=
            " of " + grouped(*total) + " photos (" + std::to_string(100 * std::min(tally.photos(), all) / all) + " %)";
    } else {
        text += " photos";
    }
    text += ", " + rate_text(rates(tally).photos_per_s) + "/s";
    if (const auto left = seconds_left(tally, total)) text += ", " + duration_text(*left) + " left";
    if (tally.failed == 0) return text;
    const std::string failed = grouped(tally.failed) + " failed";
    return text + ", " + (color ? "\x1b[31m" + failed + "\x1b[0m" : failed);
}

std::string Progress::summary(const Tally& tally, const std::set<std::string>& devices) const {
    const Rates now = rates(tally);
    std::string text = grouped(tally.photos()) + " photos: " + grouped(tally.read) + " read, " + grouped(tally.empty) +
                       " empty, " + grouped(tally.failed) + " failed";
    if (before_.photos() > 0) text += ", " + grouped(before_.photos()) + " of them earlier";
    text += "; " + grouped(tally.digits) + " digits; " + duration_text(now.seconds) + ", " +
            rate_text(now.photos_per_s) + " photos/s, " + rate_text(now.digits_per_s) + " digits/s";
    std::string names;
    for (const std::string& device : devices) names += (names.empty() ? "; device " : ", ") + device;
    return text + names;
}

}  // namespace chiffre
