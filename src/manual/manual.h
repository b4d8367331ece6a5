// manual.h -- the man page and the shell completions, made from the option table that parses the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace chiffre {

// One option as the manual and the shells see it.
struct OptionEntry {
    enum class Value { none, file, folder, choice, other };
    std::vector<std::string> short_names, long_names;  // without dashes
    std::string value_name;                            // "FILE", "text|jsonl|csv"; empty for a flag
    std::string default_value;
    std::string description;
    Value value = Value::none;
    std::vector<std::string> choices;  // where value is choice

    std::vector<std::string> dashed_names() const;  // "-f", "--format"
    friend bool operator==(const OptionEntry&, const OptionEntry&) = default;
};

// The options of `app` in the order of their declaration, without positionals.
std::vector<OptionEntry> entries_of(const CLI::App& app);

// Those of `entries` that `others` has not, or has with another meaning.
std::vector<OptionEntry> without(const std::vector<OptionEntry>& entries, const std::vector<OptionEntry>& others);

std::string man_page(const CLI::App& app, const std::string& version);
std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);
std::string fish_completion(const CLI::App& app);

}  // namespace chiffre
