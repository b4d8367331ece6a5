// replay.cpp -- each format has its way to tell one photo's record from the next; the rest is theirs together.
#include "run/replay.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "error.h"
#include "run/mapped_file.h"

namespace chiffre {
namespace {

using Json = nlohmann::json;

// The record of one photo, as far as it matters here.
struct Record {
    std::string path;
    bool failed = false;
    std::int64_t digits = 0;
    std::size_t bytes = 0;
};

[[noreturn]] void refuse(const std::string& what, const std::string& found) {
    throw Error(ErrorCode::usage, "--resume: expected " + what + ", found " + found);
}

std::int64_t digits_in(std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return c == '?' || (c >= '0' && c <= '9'); });
}

// ---- JSON Lines: a line each --------------------------------------------------------------------------------------

std::optional<Record> json_record(std::string_view rest, const RecordStyle& style, const std::string& file) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const Json json = Json::parse(rest.substr(0, end), nullptr, false);
    Record record;
    record.bytes = end + 1;
    try {
        record.path = json.at("path");
        record.failed = json.contains("error");
        if (record.failed) return record;
        for (const Json& row : json.at("rows")) record.digits += static_cast<std::int64_t>(row.at("digits").size());
    } catch (const Json::exception&) {
        refuse("records of --format jsonl in " + file, "'" + std::string(rest.substr(0, std::min(end, 40ul))) + "'");
    }
    if (json.contains("ms") != style.times)
        refuse(
            "records " + std::string(style.times ? "with" : "without") + " times, as this run writes them, in " + file,
            "others (--no-times)");
    return record;
}

// As a path stands in JSON: what is not UTF-8 is replaced.
std::string json_path(const std::string& path) {
    return Json::parse(Json(path).dump(-1, ' ', false, Json::error_handler_t::replace));
}

// ---- CSV: a line for each row of digits ---------------------------------------------------------------------------

// One line of RFC 4180: its fields and its length; nothing where it is cut off.
struct CsvLine {
    std::vector<std::string> fields;
    std::size_t bytes = 0;
};

std::optional<CsvLine> csv_line_of(std::string_view rest) {
    CsvLine line;
    line.fields.emplace_back();
    bool quoted = false;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        const char c = rest[i];
        if (quoted && c == '"' && i + 1 < rest.size() && rest[i + 1] == '"') {
            line.fields.back() += rest[++i];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && c == ',') {
            line.fields.emplace_back();
        } else if (!quoted && c == '\n') {
            line.bytes = i + 1;
            return line;
        } else {
            line.fields.back() += c;
        }
    }
    return std::nullopt;
}

// Rows of one photo are counted up from 0. `complete`: the end of the file ends the last photo, too.
std::optional<Record> csv_record(std::string_view rest, bool complete, const std::string& file) {
    enum Column { kPath, kRow, kText, kError = 8, kColumns };
    Record record;
    for (int rows = 0;; ++rows) {
        const auto line = csv_line_of(rest.substr(record.bytes));
        if (!line) return rows > 0 && complete ? std::optional(record) : std::nullopt;
        if (line->fields.size() != kColumns)
            refuse("records of --format csv in " + file,
                   "a line of " + std::to_string(line->fields.size()) + " fields");
        const bool is_row = !line->fields[kRow].empty();
        if (rows > 0 && (!is_row || line->fields[kRow] == "0")) return record;  // another photo's
        record.path = line->fields[kPath];
        record.failed = !line->fields[kError].empty();
        record.digits += digits_in(line->fields[kText]);
        record.bytes += line->bytes;
        if (!is_row) return record;
    }
}

// ---- text: "PATH:" and rows, where PATH may hold anything -----------------------------------------------------------

// The line of `path`; nothing where it is another's.
std::optional<Record> text_record(std::string_view rest, const std::string& path) {
    if (!rest.starts_with(path + ":")) return std::nullopt;
    const std::string_view text = rest.substr(path.size() + 1, rest.find('\n', path.size()) - path.size() - 1);
    if (text.find_first_not_of("0123456789?/ ") != std::string_view::npos) return std::nullopt;
    return Record{path, false, digits_in(text), path.size() + 1 + text.size() + 1};
}

// It is the line of `path`, or might have become it.
bool is_cut_off(std::string_view rest, const std::string& path) {
    return rest.find('\n', std::min(path.size(), rest.size())) == std::string_view::npos &&
           (rest.starts_with(path + ":") || (path + ":").starts_with(rest));
}

// -------------------------------------------------------------------------------------------------------------------

class Replaying {
  public:
    Replaying(const std::string& file, const RecordStyle& style, Names& names,
              const std::function<void(const std::string&)>& done,
              const std::function<void(const std::string&)>& failed)
        : file_(file), style_(style), names_(names), done_(done), failed_(failed) {}

    Replay all(std::string_view bytes, bool complete) {
        const std::string start = header(style_.format);
        if (bytes.size() < start.size() && std::string_view(start).starts_with(bytes)) return result_;
        if (!bytes.starts_with(start)) refuse("records of --format csv in " + file_, "no header of such");
        result_.bytes = static_cast<std::int64_t>(start.size());
        while (!rest(bytes).empty())
            if (!(style_.format == Format::text ? text(rest(bytes)) : one(rest(bytes), complete))) break;
        if (result_.tally.photos() == 0) result_.bytes = 0;  // a header alone is written again
        if (complete) no_more(bytes);
        return std::move(result_);
    }

  private:
    std::string_view rest(std::string_view bytes) const {
        return bytes.substr(static_cast<std::size_t>(result_.bytes));
    }

    // False where the rest is no whole record.
    bool one(std::string_view rest, bool complete) {
        const auto record =
            style_.format == Format::jsonl ? json_record(rest, style_, file_) : csv_record(rest, complete, file_);
        if (!record) return false;
        const auto name = names_.next();
        if (!name) refuse("the images of the run that " + file_ + " is of", "fewer of them");
        const bool same =
            name->path == record->path || (style_.format == Format::jsonl && json_path(name->path) == record->path);
        if (!same)
            refuse("the images of the run that " + file_ + " is of, in the same order",
                   name->path + " where " + record->path + " was");
        take(*name, *record);
        return true;
    }

    bool text(std::string_view rest) {
        if (rest.find('\n') == std::string_view::npos) return false;
        while (auto name = names_.next()) {
            if (is_cut_off(rest, name->path)) {  // the only line break is in the name
                result_.pending = std::move(name);
                return false;
            }
            if (const auto record = text_record(rest, name->path)) {
                take(*name, *record);
                return true;
            }
            take(*name, {name->path, true, 0, 0});
        }
        refuse("the images of the run that " + file_ + " is of, in the same order, and --format text",
               "a line that none of them has: '" + std::string(rest.substr(0, std::min(rest.find('\n'), 60ul))) + "'");
    }

    // What is complete has a record of every name, but in text of those that failed.
    void no_more(std::string_view bytes) {
        if (!rest(bytes).empty()) refuse("whole records in " + file_, "one that is cut off");
        while (const auto name = names_.next()) {
            if (style_.format != Format::text)
                refuse("the images of the run whose results are complete in " + file_ + " (--force overwrites)",
                       name->path + " as well");
            take(*name, {name->path, true, 0, 0});
        }
    }

    void take(const Name& name, const Record& record) {
        done_(name.path);
        if (record.failed) {
            ++result_.tally.failed;
            failed_(name.path);
        } else {
            result_.tally.add_reading(record.digits);
        }
        result_.bytes += static_cast<std::int64_t>(record.bytes);
    }

    const std::string& file_;
    const RecordStyle& style_;
    Names& names_;
    const std::function<void(const std::string&)>& done_;
    const std::function<void(const std::string&)>& failed_;
    Replay result_;
};

}  // namespace

Replay replay(const std::string& file, const RecordStyle& style, bool complete, Names& names,
              const std::function<void(const std::string& path)>& done,
              const std::function<void(const std::string& path)>& failed) {
    if (style.format == Format::text && !style.several) return {};  // rows of one photo: it is read again
    const MappedFile mapped(file);
    const std::string_view bytes = mapped.bytes();
    // Where the power failed, a file may end in zeros that were never written. No record has any.
    return Replaying(file, style, names, done, failed).all(bytes.substr(0, bytes.find('\0')), complete);
}

}  // namespace chiffre
