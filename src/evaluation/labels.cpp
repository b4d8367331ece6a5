// labels.cpp -- tables and JSON Lines -> labels. A label that cannot be taken ends the run before a picture is read: a
// figure over some of the labels would look like one over all.
#include "evaluation/labels.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "error.h"
#include "split.h"

namespace chiffre::evaluation {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// A place in a labels file, and how messages name it.
struct Place {
    const std::string& name;
    int line;

    [[noreturn]] void refuse(const std::string& expected, const std::string& found) const {
        throw Error(ErrorCode::bad_data,
                    name + ":" + std::to_string(line) + ": expected " + expected + ", found " + found);
    }
};

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(' ');
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> traits_in(const std::string& text) {
    std::vector<std::string> traits;
    for (const std::string& part : split(text, ','))
        if (std::string trait = trimmed(part); !trait.empty()) traits.push_back(std::move(trait));
    return traits;
}

void check_row(const std::string& row, const Place& place) {
    const bool digits = std::all_of(row.begin(), row.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (row.empty() || !digits) place.refuse("rows of digits", "'" + row + "'");
}

// Whether a picture counts.
bool is_sure(const std::string& word, const Place& place) {
    if (word != "yes" && word != "no") place.refuse("yes or no under sure", "'" + word + "'");
    return word == "yes";
}

// The words that both kinds of file have, by name; nothing for one that is missing.
using Words = std::map<std::string, std::string>;

// Everything but the rows, which are there already.
void complete(Label& label, const Words& words, const fs::path& folder, const Place& place) {
    const auto word = [&](const std::string& name) {
        const auto found = words.find(name);
        return found == words.end() ? "" : found->second;
    };
    label.file = word("file");
    if (label.file.empty()) place.refuse("the name of a picture under file", "nothing");
    label.path = folder / label.file;
    label.difficulty = word("difficulty");
    label.kind = word("kind");
    label.medium = word("medium");
    label.traits = traits_in(word("traits"));
    for (const std::string& row : label.rows) check_row(row, place);
    const std::string n_digits = word("n_digits"), counted = std::to_string(label.digits().size());
    if (!n_digits.empty() && n_digits != counted)
        place.refuse("as many digits as n_digits says (" + n_digits + ")", counted);
}

// Collects what the lines hold.
class Collector {
  public:
    Collector(const std::string& name, fs::path folder) : name_(name), folder_(std::move(folder)) {}

    void add(std::vector<std::string> rows, const Words& words, int line) {
        const Place place{name_, line};
        Label label;
        label.rows = std::move(rows);
        complete(label, words, folder_, place);
        if (!files_.insert(label.file).second) place.refuse("each picture once", label.file + " again");
        if (const auto sure = words.find("sure"); sure != words.end() && !is_sure(sure->second, place))
            ++labels_.unsure;
        else
            labels_.pictures.push_back(std::move(label));
    }

    Labels take() {
        if (labels_.pictures.empty())
            throw Error(ErrorCode::bad_data,
                        name_ + ": expected at least one labelled picture" +
                            (labels_.unsure > 0 ? ", found only such that are not sure" : ", found none"));
        return std::move(labels_);
    }

  private:
    const std::string& name_;
    fs::path folder_;
    std::set<std::string> files_;
    Labels labels_;
};

// The lines of `text` without what ends them, counted from 1. Empty ones are passed over.
template <typename Take>
void for_each_line(std::string_view text, Take&& take) {
    int number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) take(line, number);
    }
}

void parse_table(std::string_view text, const std::string& name, Collector& collector) {
    std::vector<std::string> columns;
    for_each_line(text, [&](std::string_view line, int number) {
        const Place place{name, number};
        std::vector<std::string> fields = split(line, '\t');
        if (columns.empty()) {
            columns = std::move(fields);
            for (const char* needed : {"file", "rows"})
                if (std::find(columns.begin(), columns.end(), needed) == columns.end())
                    place.refuse("columns between tabs, one of them " + std::string(needed), "none of that name");
            return;
        }
        if (fields.size() != columns.size())
            place.refuse(std::to_string(columns.size()) + " fields, as the header has", std::to_string(fields.size()));
        Words words;
        for (std::size_t i = 0; i < fields.size(); ++i) words.emplace(columns[i], std::move(fields[i]));
        const std::string& rows = words["rows"];
        collector.add(rows.empty() ? std::vector<std::string>{} : split(rows, '|'), words, number);
    });
}

// The rows of one line of JSON; what is missing or of another type throws the library's exception.
std::vector<std::string> rows_in(const Json& line) {
    std::vector<std::string> rows;
    for (const Json& row : line.at("rows")) {
        std::string digits = row.at("text").get<std::string>();
        std::erase(digits, ' ');
        rows.push_back(std::move(digits));
    }
    return rows;
}

Words words_in(const Json& line) {
    Words words{{"file", line.at("file").get<std::string>()}};
    for (const char* name : {"sure", "difficulty", "kind", "medium", "traits"})
        if (const auto found = line.find(name); found != line.end()) words.emplace(name, found->get<std::string>());
    if (const auto settings = line.find("settings"); settings != line.end() && settings->contains("style"))
        words.emplace("difficulty", settings->at("style").get<std::string>());
    return words;
}

void parse_json_lines(std::string_view text, const std::string& name, Collector& collector) {
    for_each_line(text, [&](std::string_view line, int number) {
        try {
            const Json object = Json::parse(line);
            collector.add(rows_in(object), words_in(object), number);
        } catch (const Json::exception& e) {
            Place{name, number}.refuse("a JSON object with file and rows[].text",
                                       std::string("this fault: ") + e.what());
        }
    });
}

std::string contents(const fs::path& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad() || fs::is_directory(path)) {
        const int reason = errno != 0 ? errno : EIO;
        throw Error(
            reason == ENOENT ? ErrorCode::not_found : ErrorCode::unreadable,
            path.string() + ": expected a readable labels file, found: " + std::generic_category().message(reason));
    }
    return text;
}

fs::path labels_file(const fs::path& path) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) return path;
    for (const char* name : {"labels.tsv", "truth.jsonl"})
        if (fs::exists(path / name, ignored)) return path / name;
    throw Error(ErrorCode::not_found, path.string() + ": expected labels.tsv or truth.jsonl in it, found neither");
}

}  // namespace

std::string joined(const std::vector<std::string>& rows, std::string_view separator) {
    std::string text;
    for (std::size_t i = 0; i < rows.size(); ++i) (text += i > 0 ? separator : "") += rows[i];
    return text;
}

std::string Label::digits() const {
    return joined(rows, "");
}

std::vector<std::string> groups_of(const Label& label) {
    std::vector<std::string> groups;
    const auto add = [&](const std::string& group) {
        if (!group.empty() && std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
    };
    add("all");
    for (const std::string& group : {label.difficulty, label.kind, label.medium}) add(group);
    for (const std::string& trait : label.traits) add(trait);
    if (std::find(label.traits.begin(), label.traits.end(), "mixed") == label.traits.end()) add("digits only");
    return groups;
}

Labels parse_labels(std::string_view text, const std::string& name, const fs::path& folder) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    Collector collector(name, folder);
    if (text.starts_with('{'))
        parse_json_lines(text, name, collector);
    else
        parse_table(text, name, collector);
    return collector.take();
}

Labels read_labels(const std::string& path) {
    const fs::path file = labels_file(path);
    return parse_labels(contents(file), file.string(), file.parent_path());
}

}  // namespace chiffre::evaluation
