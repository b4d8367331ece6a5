// completions.cpp -- what bash, zsh and fish need to complete the options of analyze and their values.
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

std::string bash_completion(const CLI::App& app) {
    std::string cases, names;
    for (const OptionEntry& entry : entries_of(app)) {
        names += (names.empty() ? "" : " ") + joined(entry.dashed_names(), " ");
        if (entry.value == Value::none) continue;
        cases += "        " + joined(entry.dashed_names(), "|") + ") " + bash_values(entry) + "; return ;;\n";
    }
    return "# bash completion for analyze\n"
           "_analyze() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    [[ $previous == '=' ]] && previous=${COMP_WORDS[COMP_CWORD-2]}  # --format=csv comes as three words\n"
           "    [[ $current == '=' ]] && current=''\n"
           "    case $previous in\n" +
           cases +
           "    esac\n"
           "    if [[ $current == -* ]]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W '" +
           names +
           "' -- \"$current\")\n"
           "        return\n"
           "    fi\n"
           "    compopt -o filenames\n"
           "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
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

std::string zsh_completion(const CLI::App& app) {
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
    return "#compdef analyze\n_arguments -s -S \\\n" + specs + "    '*:image or folder:_files'\n";
}

std::string fish_completion(const CLI::App& app) {
    std::string lines = "# fish completion for analyze\n";
    for (const OptionEntry& entry : entries_of(app)) {
        lines += "complete -c analyze";
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

}  // namespace chiffre
