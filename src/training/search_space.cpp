// search_space.cpp -- every value goes through the recipe's own table of keys, which knows what is allowed.
#include "search_space.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "error.h"
#include "random.h"
#include "split.h"

namespace chiffre::training {
namespace {

// Enough to tell recipes apart, few enough to be read.
constexpr int kDrawnDigits = 4;

[[noreturn]] void refuse(const std::string& text, const std::string& expected, const std::string& found) {
    throw Error(ErrorCode::usage, "--vary " + text + ": expected " + expected + ", found " + found);
}

// `value` as the recipe writes it: 0.10 as 0.1.
std::string checked(const Recipe& recipe, const std::string& key, const std::string& value, const std::string& option) {
    Recipe copy = recipe;
    set_key(copy, key, value, option);
    return key_text(copy, key, option);
}

void read_range(Variation& variation, const std::vector<std::string>& parts, const Recipe& recipe,
                const std::string& text) {
    if (parts.size() > 3 || (parts.size() == 3 && parts[2] != "log"))
        refuse(text, "low:high or low:high:log", "\"" + text.substr(text.find('=') + 1) + "\"");
    variation.logarithmic = parts.size() == 3;
    const auto number = [&](const std::string& part) {
        const std::string value = checked(recipe, variation.key, part, "--vary " + text);
        return std::stod(value);
    };
    variation.low = number(parts[0]);
    variation.high = number(parts[1]);
    if (!(variation.low < variation.high)) refuse(text, "low below high", parts[0] + " and " + parts[1]);
    if (variation.logarithmic && variation.low <= 0) refuse(text, "low above 0 for log", parts[0]);
}

std::string rounded(double value) {
    char text[64];
    return std::string(text,
                       std::to_chars(text, text + sizeof text, value, std::chars_format::general, kDrawnDigits).ptr);
}

std::string draw(const Variation& variation, Random& random) {
    if (!variation.values.empty())
        return variation.values[static_cast<std::size_t>(random.below(static_cast<int>(variation.values.size())))];
    const double u = random.uniform();
    // A whole number stands for the stretch around it, so that both ends come as often as those between.
    const double half = variation.whole ? 0.5 : 0;
    const double low = variation.low - half, high = variation.high + half;
    const double value =
        variation.logarithmic ? std::exp(std::log(low) + u * std::log(high / low)) : low + u * (high - low);
    const double inside = std::clamp(variation.whole ? std::round(value) : value, variation.low, variation.high);
    if (variation.whole) return std::to_string(static_cast<std::int64_t>(inside));
    return rounded(inside);
}

// How many combinations there are; infinite where a real number is drawn.
double combinations(std::span<const Variation> variations) {
    double product = 1;
    for (const Variation& v : variations)
        product *= !v.values.empty() ? static_cast<double>(v.values.size()) : v.whole ? v.high - v.low + 1 : INFINITY;
    return product;
}

Candidate candidate_of(const Recipe& recipe, std::span<const Variation> variations,
                       const std::vector<std::string>& values) {
    Candidate candidate{{}, recipe};
    for (std::size_t i = 0; i < variations.size(); ++i)
        set_key(candidate.recipe, variations[i].key, values[i], "--vary " + variations[i].key);
    for (const Variation& v : variations) candidate.values.push_back(key_text(candidate.recipe, v.key, "--vary"));
    return candidate;
}

std::vector<Candidate> grid(const Recipe& recipe, std::span<const Variation> variations, int count) {
    std::vector<Candidate> candidates;
    for (int number = 0; number < count; ++number) {
        std::vector<std::string> values(variations.size());
        std::size_t rest = static_cast<std::size_t>(number);
        for (std::size_t i = variations.size(); i-- > 0;) {
            const std::vector<std::string>& choices = variations[i].values;
            values[i] = choices[rest % choices.size()];
            rest /= choices.size();
        }
        candidates.push_back(candidate_of(recipe, variations, values));
    }
    return candidates;
}

std::vector<Candidate> sample(const Recipe& recipe, std::span<const Variation> variations, int trials,
                              std::uint64_t seed) {
    // Ends the search for one more that is different where a range has few different values.
    const std::uint32_t most_draws = 10'000 + 100 * static_cast<std::uint32_t>(trials);
    std::vector<Candidate> candidates;
    std::set<std::vector<std::string>> seen;
    for (std::uint32_t number = 0; number < most_draws && candidates.size() < static_cast<std::size_t>(trials);
         ++number) {
        std::vector<std::string> values;
        for (std::uint32_t i = 0; i < variations.size(); ++i) {
            Random random(seed, Stream::search, i, number);
            values.push_back(draw(variations[i], random));
        }
        Candidate candidate = candidate_of(recipe, variations, values);
        if (seen.insert(candidate.values).second) candidates.push_back(std::move(candidate));
    }
    return candidates;
}

}  // namespace

Variation parse_variation(const std::string& text, const Recipe& recipe) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
        refuse(text, "KEY=VALUE,VALUE,... or KEY=LOW:HIGH", "\"" + text + "\"");
    Variation variation;
    variation.key = text.substr(0, equals);
    if (variation.key == "data") refuse(text, "data as the recipe says it, for all trials share theirs", "it varied");
    const std::string option = "--vary " + text;
    const KeyKind kind = describe_key(recipe, variation.key, option).kind;
    variation.whole = kind == KeyKind::whole;
    const std::string what = text.substr(equals + 1);
    const std::vector<std::string> ends = split(what, ':');
    if (ends.size() > 1) {
        if (kind == KeyKind::word) refuse(text, "a list of words", "a range");
        read_range(variation, ends, recipe, text);
        return variation;
    }
    for (const std::string& value : split(what, ',')) {
        const std::string as_written = checked(recipe, variation.key, value, option);
        if (std::find(variation.values.begin(), variation.values.end(), as_written) != variation.values.end())
            refuse(text, "different values", as_written + " twice");
        variation.values.push_back(as_written);
    }
    return variation;
}

std::vector<Variation> parse_variations(std::span<const std::string> texts, const Recipe& recipe) {
    if (texts.empty()) throw Error(ErrorCode::usage, "--vary: expected at least one key to vary, found none");
    std::vector<Variation> variations;
    for (const std::string& text : texts) {
        Variation variation = parse_variation(text, recipe);
        for (const Variation& other : variations)
            if (other.key == variation.key) refuse(text, "each key once", variation.key + " twice");
        variations.push_back(std::move(variation));
    }
    return variations;
}

std::vector<Candidate> choose_candidates(const Recipe& recipe, std::span<const Variation> variations,
                                         std::optional<int> trials, std::uint64_t seed) {
    const double all = combinations(variations);
    const bool lists = std::all_of(variations.begin(), variations.end(), [](auto& v) { return !v.values.empty(); });
    if (lists && all > kMostCombinations && !trials)
        throw Error(ErrorCode::usage, "--trials: expected a number for more than " + std::to_string(kMostCombinations) +
                                          " combinations, found none");
    if (lists && all <= trials.value_or(kMostCombinations)) return grid(recipe, variations, static_cast<int>(all));
    const double wanted = std::min<double>(trials.value_or(kDefaultTrials), all);
    return sample(recipe, variations, static_cast<int>(wanted), seed);
}

}  // namespace chiffre::training
