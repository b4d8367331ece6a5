// labels.h -- which pictures a labelled collection has, and what each of them shows. Two kinds of files say so, both of
// them written by `synthesize`: a table with tabs (labels.tsv), whose columns are found by their names, and JSON Lines
// (truth.jsonl).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace chiffre::evaluation {

struct Label {
    std::string file;               // as it stands in the labels
    std::filesystem::path path;     // the same from where the program runs
    std::vector<std::string> rows;  // digits without gaps, from top to bottom; none: a picture without digits
    std::string difficulty;         // this and what follows: empty where nothing is said
    std::string kind, medium;
    std::vector<std::string> traits;

    std::string digits() const;  // of all rows, joined
};

struct Labels {
    std::vector<Label> pictures;
    int unsure = 0;  // left out: sure = no
};

// `text` of a labels file; `name` stands for it in messages, `folder` is what its paths are relative to. A file that
// begins with '{' is JSON Lines.
//   table   columns `file` and `rows` (rows separated by '|'); where present: sure (yes or no), n_digits (checked),
//           difficulty, kind, medium, traits (separated by commas)
//   JSON    file, rows[].text (gaps allowed); where present: the same words as above, settings.style for the difficulty
// Throws Error(bad_data): a column or key is missing, a line malformed, a picture listed twice, no picture left.
Labels parse_labels(std::string_view text, const std::string& name, const std::filesystem::path& folder);

// The file at `path`, or in the folder at `path` labels.tsv, else truth.jsonl. Throws Error(not_found, unreadable)
// besides.
Labels read_labels(const std::string& path);

// "12|34"
std::string joined(const std::vector<std::string>& rows, std::string_view separator);

// The groups of pictures that a picture belongs to, each once: "all", its difficulty, kind, medium and traits; and
// "digits only" unless a trait says that it is "mixed" with other writing.
std::vector<std::string> groups_of(const Label& label);

}  // namespace chiffre::evaluation
