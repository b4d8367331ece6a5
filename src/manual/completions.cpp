// completions.cpp -- what bash, zsh and fish need to complete the options of analyze and their values.
#include "analyze_options.h"
#include "manual/manual.h"

namespace chiffre {

using Value = OptionEntry::Value;

static std::string joined(const std::vector<std::string>& words, const std::string& separator) {
    return CLI::detail::join(words, separator);
}

// In single quotes, as all three shells take them.
static std::string quoted(const std::string& text) {
    return "'" + CLI::detail::find_and_replace(text, "'", "'\\''") + "'";
}

static std::string bash_values(const OptionEntry& entry) {
    switch (entry.value) {
        case Value::none:
            return "";
        case Value::file:
            return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\")";
        case Value::folder:
            return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$current\")";
        case Value::choice:
            return "mapfile -t COMPREPLY < <(compgen -W '" + joined(entry.choices, " ") + "' -- \"$current\")";
        case Value::other:
            return "COMPREPLY=()";
    }
    return "";
}

// Completes the value of an option, or else the options.
static std::string bash_options(const CLI::App& app) {
    std::string cases, names;
    for (const OptionEntry& entry : entries_of(app)) {
        names += (names.empty() ? "" : " ") + joined(entry.dashed_names(), " ");
        if (entry.value == Value::none) continue;
        cases += "        " + joined(entry.dashed_names(), "|") + ") " + bash_values(entry) + "; return ;;\n";
    }
    return "    case $previous in\n" + cases +
           "    esac\n"
           "    if [[ $current == -* ]]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W '" +
           names +
           "' -- \"$current\")\n"
           "        return\n"
           "    fi\n";
}

std::string bash_completion(const CLI::App& app) {
    const std::string command = kEvaluate;
    return "# bash completion for analyze\n"
           "_analyze() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} commands=" +
           command +
           "\n"
           "    [[ $previous == '=' ]] && previous=${COMP_WORDS[COMP_CWORD-2]}  # --format=csv comes as three words\n"
           "    [[ $current == '=' ]] && current=''\n"
           "    if [[ \" ${COMP_WORDS[*]:1:COMP_CWORD-1} \" == *' " +
           command + " '* ]]; then\n    commands=''\n" + bash_options(*app.get_subcommand(command)) + "    else\n" +
           bash_options(app) +
           "    fi\n"
           "    compopt -o filenames\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"$current\"; compgen -f -- \"$current\")\n"
           "}\n"
           "complete -F _analyze analyze\n";
}

static std::string zsh_values(const OptionEntry& entry) {
    switch (entry.value) {
        case Value::none:
            return "";
        case Value::file:
            return ":file:_files";
        case Value::folder:
            return ":folder:_files -/";
        case Value::choice:
            return ":value:(" + joined(entry.choices, " ") + ")";
        case Value::other:
            return ":" + entry.value_name + ": ";
    }
    return "";
}

static std::string zsh_options(const CLI::App& app) {
    std::string specs;
    for (const OptionEntry& entry : entries_of(app)) {
        const bool has_value = entry.value != Value::none;
        const std::string rest = quoted("[" + entry.description + "]" + zsh_values(entry)) + " \\\n";
        const std::string start = "    " + quoted("(" + joined(entry.dashed_names(), " ") + ")");
        for (const std::string& name : entry.short_names)
            specs.append(start).append("-").append(name).append(has_value ? "+" : "").append(rest);
        for (const std::string& name : entry.long_names)
            specs.append(start).append("--").append(name).append(has_value ? "=" : "").append(rest);
    }
    return "_arguments -s -S \\\n" + specs;
}

std::string zsh_completion(const CLI::App& app) {
    const std::string command = kEvaluate;
    return "#compdef analyze\n"
           "if (( ${words[(i)" +
           command + "]} < CURRENT )); then\n" + zsh_options(*app.get_subcommand(command)) +
           "    '*:labels file or folder:_files'\nelse\n" + zsh_options(app) +
           "    '1:image, folder or command:{_alternative \"commands:command:(" + command +
           ")\" \"files:image or folder:_files\"}' \\\n    '*:image or folder:_files'\nfi\n";
}

// Offered where `condition` holds; an empty one always does.
static std::string fish_options(const std::vector<OptionEntry>& entries, const std::string& condition) {
    std::string lines;
    for (const OptionEntry& entry : entries) {
        lines += "complete -c analyze" + (condition.empty() ? "" : " -n " + quoted(condition));
        for (const std::string& name : entry.short_names) lines += " -s " + name;
        for (const std::string& name : entry.long_names) lines += " -l " + name;
        if (entry.value == Value::file) lines += " -r -F";
        if (entry.value == Value::folder) lines += " -x -a '(__fish_complete_directories)'";
        if (entry.value == Value::choice) lines += " -x -a '" + joined(entry.choices, " ") + "'";
        if (entry.value == Value::other) lines += " -x";
        lines += " -d " + quoted(entry.description) + "\n";
    }
    return lines;
}

std::string fish_completion(const CLI::App& app) {
    const CLI::App& command = *app.get_subcommand(kEvaluate);
    const std::string given = std::string("__fish_seen_subcommand_from ") + kEvaluate, not_given = "not " + given;
    const std::vector<OptionEntry> all = entries_of(app), of_command = entries_of(command);
    const std::vector<OptionEntry> of_app_alone = without(all, of_command);
    return "# fish completion for analyze\n" + fish_options(without(all, of_app_alone), "") +
           fish_options(of_app_alone, not_given) + fish_options(without(of_command, all), given) +
           "complete -c analyze -n " + quoted(not_given) + " -a " + kEvaluate + " -d " +
           quoted(command.get_description()) + "\n";
}

}  // namespace chiffre
