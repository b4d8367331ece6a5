// option_entries.cpp -- CLI11's table -> what the manual needs of it.
#include <algorithm>
#include <iterator>

#include "manual/manual.h"

namespace chiffre {

std::vector<std::string> OptionEntry::dashed_names() const {
    std::vector<std::string> names;
    for (const std::string& name : short_names) names.push_back("-" + name);
    for (const std::string& name : long_names) names.push_back("--" + name);
    return names;
}

// "auto|cpu|cuda[:N]" -> auto, cpu, cuda
static std::vector<std::string> choices_in(const std::string& value_name) {
    std::vector<std::string> choices;
    for (const std::string& choice : CLI::detail::split(value_name, '|'))
        choices.push_back(choice.substr(0, choice.find('[')));
    return choices;
}

static OptionEntry::Value kind_of(const std::string& value_name) {
    using Value = OptionEntry::Value;
    if (value_name.empty()) return Value::none;
    if (value_name == "FILE") return Value::file;
    if (value_name == "DIR") return Value::folder;
    return value_name.find('|') != std::string::npos ? Value::choice : Value::other;
}

std::vector<OptionEntry> entries_of(const CLI::App& app) {
    std::vector<OptionEntry> entries;
    for (const CLI::Option* option : app.get_options([](const CLI::Option* o) { return o->nonpositional(); })) {
        OptionEntry entry{option->get_snames(),      option->get_lnames(),     "", option->get_default_str(),
                          option->get_description(), OptionEntry::Value::none, {}};
        if (option->get_type_size() != 0) entry.value_name = option->get_type_name();
        entry.value = kind_of(entry.value_name);
        if (entry.value == OptionEntry::Value::choice) entry.choices = choices_in(entry.value_name);
        entries.push_back(entry);
    }
    return entries;
}

std::vector<OptionEntry> without(const std::vector<OptionEntry>& entries, const std::vector<OptionEntry>& others) {
    std::vector<OptionEntry> rest;
    std::copy_if(entries.begin(), entries.end(), std::back_inserter(rest), [&](const OptionEntry& entry) {
        return std::find(others.begin(), others.end(), entry) == others.end();
    });
    return rest;
}

}  // namespace chiffre
