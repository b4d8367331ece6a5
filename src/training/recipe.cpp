// recipe.cpp -- one table of keys serves reading, checking and writing.
#include "recipe.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "error.h"

namespace chiffre::training {
namespace {

// The words of a file for each enumerator, in the enumerators' order.
constexpr std::array<std::string_view, 3> words_of(OptimizerKind) {
    return {"adamw", "nadam", "sgd"};
}
constexpr std::array<std::string_view, 2> words_of(ScheduleShape) {
    return {"cosine", "one_cycle"};
}
constexpr std::array<std::string_view, 2> words_of(NoDigitTarget) {
    return {"class", "uniform"};
}

constexpr std::array<std::string_view, 2> words_of(TileView) {
    return {name_of(TileView::alone), name_of(TileView::context)};
}

struct Field {
    std::string key;
    std::variant<int*, double*, OptimizerKind*, ScheduleShape*, NoDigitTarget*, TileView*> value;
    double low = 0, high = 0;  // allowed of a number, both included
};

void add_augmentation(std::vector<Field>& fields, const std::string& group, Augmentation& a) {
    fields.push_back({group + ".rotation_deg", &a.warp.rotation_deg, 0, 180});
    fields.push_back({group + ".scale", &a.warp.scale, 0, 1});
    fields.push_back({group + ".slant", &a.warp.slant, 0, 2});
    fields.push_back({group + ".shift_px", &a.warp.shift_px, 0, 16});
    fields.push_back({group + ".elastic_px", &a.warp.elastic_px, 0, 8});
    fields.push_back({group + ".elastic_spacing_px", &a.warp.elastic_spacing_px, 2, 32});
    fields.push_back({group + ".thicken_px", &a.ink.thicken_px, 0, 4});
    fields.push_back({group + ".thin_px", &a.ink.thin_px, 0, 4});
    fields.push_back({group + ".contrast", &a.ink.contrast, 0, 3});
    fields.push_back({group + ".fade", &a.ink.fade, 0, 0.95});
    fields.push_back({group + ".blur", &a.ink.blur, 0, 1.0 / 3});
    fields.push_back({group + ".noise", &a.ink.noise, 0, 64});
}

std::vector<Field> fields_of(Recipe& recipe) {
    Schedule& s = recipe.schedule;
    std::vector<Field> fields{
        {"epochs", &s.epochs, 1, 100'000},
        {"batch", &s.batch, 1, 65'536},
        {"optimizer", &s.optimizer},
        {"momentum", &s.momentum, 0, 0.9999},
        {"schedule", &s.shape},
        {"learning_rate", &s.learning_rate, 0, kHighestLearningRate},
        {"warmup_epochs", &s.warmup_epochs, 0, 1'000},
        {"weight_decay", &s.weight_decay, 0, 10},
        {"label_smoothing", &s.label_smoothing, 0, 0.9},
        {"average_decay", &s.average_decay, 0, kHighestAverageDecay},
        {"patience_epochs", &s.patience_epochs, 0, 100'000},
        {"distill", &s.distill, 0, 1},
        {"distill_temperature", &s.distill_temperature, 0.1, 100},
    };
    add_augmentation(fields, "hand", recipe.hand);
    if (!recipe.photo()) return fields;
    fields.push_back({"view", &recipe.view});
    fields.push_back({"no_digit", &recipe.no_digit});
    fields.push_back({"digit_log_odds", &recipe.digit_log_odds, -20, 20});
    add_augmentation(fields, "print", recipe.print);
    add_augmentation(fields, "segment", recipe.segment);
    add_augmentation(fields, "harvest", recipe.harvest);
    fields.push_back({"frame.shift_px", &recipe.frame.shift_px, 0, 8});
    fields.push_back({"frame.size_px", &recipe.frame.size_px, 0, 8});
    constexpr double kMostSamples = 10'000'000;
    Mix& mix = recipe.mix;
    fields.push_back({"mix.mnist", &mix.mnist, 0, kMostSamples});
    fields.push_back({"mix.pen", &mix.pen, 0, kMostSamples});
    fields.push_back({"mix.printed", &mix.printed, 0, kMostSamples});
    fields.push_back({"mix.stroked", &mix.stroked, 0, kMostSamples});
    fields.push_back({"mix.segments", &mix.segments, 0, kMostSamples});
    fields.push_back({"mix.letters", &mix.letters, 0, kMostSamples});
    fields.push_back({"mix.pairs", &mix.pairs, 0, kMostSamples});
    fields.push_back({"mix.halves", &mix.halves, 0, kMostSamples});
    fields.push_back({"mix.marks", &mix.marks, 0, kMostSamples});
    fields.push_back({"mix.harvest_digits", &mix.harvest_digits, 0, kMostSamples});
    fields.push_back({"mix.harvest_none", &mix.harvest_none, 0, kMostSamples});
    return fields;
}

std::string trimmed(const std::string& text) {
    const char* kBlanks = " \t\r";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The shortest text without an exponent that reads back as the same number.
std::string shortest(double value) {
    char text[64];
    return std::string(text, std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr);
}

struct Line {
    std::string where;  // "mnist.recipe:7"
    std::string key, value;
    ErrorCode code = ErrorCode::bad_data;  // of what is wrong with it
};

[[noreturn]] void refuse(const Line& line, const std::string& message) {
    throw Error(line.code, line.where + ": " + message);
}

std::vector<Line> split_lines(const std::string& text, const std::string& name) {
    std::vector<Line> lines;
    std::set<std::string> seen;
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // that some editors begin a file with
    std::istringstream stream(text.substr(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0));
    std::string raw;
    for (int number = 1; std::getline(stream, raw); ++number) {
        const std::string line = trimmed(raw.substr(0, raw.find('#')));
        if (line.empty()) continue;
        const std::size_t equals = line.find('=');
        const std::string where = name + ":" + std::to_string(number);
        if (equals == std::string::npos) refuse({where, "", ""}, "expected \"key = value\", found \"" + line + "\"");
        lines.push_back({where, trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1))});
        if (!seen.insert(lines.back().key).second)
            refuse(lines.back(), "key \"" + lines.back().key + "\" is given twice");
    }
    return lines;
}

double parse_number(const Field& field, const Line& line) {
    double value = 0;
    const char* end = line.value.data() + line.value.size();
    const auto [stop, error] = std::from_chars(line.value.data(), end, value);
    if (error != std::errc() || stop != end)
        refuse(line, line.key + ": expected a number, found \"" + line.value + "\"");
    // Negated so that a NaN is out of range.
    if (!(value >= field.low && value <= field.high))
        refuse(line, line.key + ": expected " + shortest(field.low) + " to " + shortest(field.high) + ", found " +
                         line.value);
    return value;
}

template <typename Choice>
Choice parse_choice(const Line& line) {
    constexpr auto kWords = words_of(Choice{});
    std::string expected;
    for (std::size_t i = 0; i < kWords.size(); ++i) {
        if (line.value == kWords[i]) return static_cast<Choice>(i);
        expected += (i == 0 ? "" : i + 1 < kWords.size() ? ", " : " or ") + std::string(kWords[i]);
    }
    refuse(line, line.key + ": expected " + expected + ", found \"" + line.value + "\"");
}

void assign(const Field& field, const Line& line) {
    std::visit(
        [&]<typename Value>(Value* target) {
            if constexpr (std::is_enum_v<Value>) {
                *target = parse_choice<Value>(line);
            } else {
                const double value = parse_number(field, line);
                if (std::is_integral_v<Value> && value != std::trunc(value))
                    refuse(line, line.key + ": expected a whole number, found " + line.value);
                *target = static_cast<Value>(value);
            }
        },
        field.value);
}

std::string value_text(const Field& field) {
    return std::visit(
        []<typename Value>(const Value* value) -> std::string {
            if constexpr (std::is_enum_v<Value>) return std::string(words_of(*value)[static_cast<std::size_t>(*value)]);
            if constexpr (std::is_integral_v<Value>) return std::to_string(*value);
            if constexpr (std::is_floating_point_v<Value>) return shortest(*value);
        },
        field.value);
}

const Field& find(const std::vector<Field>& fields, const Line& line, const Recipe& recipe) {
    for (const Field& field : fields)
        if (field.key == line.key) return field;
    refuse(line, "unknown key \"" + line.key + "\" for data = " + recipe.data);
}

// What is said on a command line.
Line line_of_option(const std::string& option, const std::string& key, const std::string& value) {
    return {option, key, value, ErrorCode::usage};
}

}  // namespace

Recipe parse_recipe(const std::string& text, const std::string& name) {
    Recipe recipe;
    recipe.name = std::filesystem::path(name).stem().string();
    recipe.file = name;
    const std::vector<Line> lines = split_lines(text, name);
    // The kind of data decides which keys there are.
    for (const Line& line : lines) {
        if (line.key != "data") continue;
        if (line.value != "mnist" && line.value != "photo")
            refuse(line, "data: expected mnist or photo, found \"" + line.value + "\"");
        recipe.data = line.value;
    }
    const std::vector<Field> fields = fields_of(recipe);
    for (const Line& line : lines) {
        if (line.key == "data") continue;
        assign(find(fields, line, recipe), line);
    }
    return recipe;
}

Recipe read_recipe(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) throw Error(ErrorCode::not_found, path.string() + ": no such recipe");
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!std::filesystem::is_regular_file(path) || !file)
        throw Error(ErrorCode::unreadable, path.string() + ": expected a recipe, cannot be read");
    return parse_recipe(text, path.string());
}

void require_samples(const Recipe& recipe) {
    const Mix& m = recipe.mix;
    const int most = std::max({m.mnist, m.pen, m.printed, m.stroked, m.segments, m.letters, m.pairs, m.halves, m.marks,
                               m.harvest_digits, m.harvest_none});
    if (recipe.photo() && most == 0)
        throw Error(ErrorCode::bad_data, recipe.file + ": expected samples of at least one kind (mix.*), found none");
    const int alone =
        std::max({m.mnist, m.pen, m.printed, m.stroked, m.segments, m.letters, m.pairs, m.halves, m.marks});
    if (recipe.view == TileView::context && alone > 0)
        throw Error(ErrorCode::bad_data,
                    recipe.file + ": expected samples of a harvest alone for view = context, found others in the mix");
}

RecipeKey describe_key(const Recipe& recipe, const std::string& key, const std::string& option) {
    Recipe copy = recipe;
    const std::vector<Field> fields = fields_of(copy);
    const Field& field = find(fields, line_of_option(option, key, ""), recipe);
    const KeyKind kind = std::visit(
        []<typename Value>(const Value*) {
            return std::is_enum_v<Value> ? KeyKind::word : std::is_integral_v<Value> ? KeyKind::whole : KeyKind::real;
        },
        field.value);
    return {kind, field.low, field.high};
}

void set_key(Recipe& recipe, const std::string& key, const std::string& value, const std::string& option) {
    const Line line = line_of_option(option, key, value);
    const std::vector<Field> fields = fields_of(recipe);
    assign(find(fields, line, recipe), line);
}

std::string key_text(const Recipe& recipe, const std::string& key, const std::string& option) {
    Recipe copy = recipe;
    const std::vector<Field> fields = fields_of(copy);
    return value_text(find(fields, line_of_option(option, key, ""), recipe));
}

std::string to_text(const Recipe& recipe) {
    Recipe copy = recipe;
    std::string text = "data = " + recipe.data + "\n";
    for (const Field& field : fields_of(copy)) text += field.key + " = " + value_text(field) + "\n";
    return text;
}

}  // namespace chiffre::training
