// man_page.cpp -- the man page, in the macros of man(7).
#include "analyze_options.h"
#include "manual/manual.h"

namespace chiffre {

// Text as roff takes it: a dash that may be copied, no escape, no request at the start of a line.
static std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '-')
            out += "\\-";
        else if (c == '\\')
            out += "\\e";
        else if ((c == '.' || c == '\'') && out.empty())
            out += std::string("\\&") + c;
        else
            out += c;
    }
    return out;
}

static std::string tagged(const std::string& tag, std::string_view text) {
    return ".TP\n" + tag + "\n" + roff(text) + "\n";
}

static std::string tagged_options(const std::vector<OptionEntry>& entries) {
    std::string text;
    for (const OptionEntry& entry : entries) {
        std::string tag;
        for (const std::string& name : entry.dashed_names())
            tag += (tag.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
        if (!entry.value_name.empty()) tag += " \\fI" + roff(entry.value_name) + "\\fR";
        const std::string preset = entry.default_value.empty() ? "" : " (preset: " + entry.default_value + ")";
        text += tagged(tag, entry.description + preset + ".");
    }
    return text;
}

static std::string positionals(const CLI::App& app) {
    std::string text;
    for (const CLI::Option* path : app.get_options([](const CLI::Option* o) { return o->get_positional(); }))
        text += tagged("\\fI" + path->get_name(true) + "\\fR", path->get_description() + ".");
    return text;
}

static std::string evaluate_section(const CLI::App& app) {
    const CLI::App& command = *app.get_subcommand(kEvaluate);
    return ".SH EVALUATE\n.B analyze evaluate\n[\\fIOPTIONS\\fR] \\fILABELS\\fR\n.PP\n" +
           roff(command.get_description()) + ".\n" + positionals(command) +
           ".PP\nA table with tabs has the columns file and rows (separated by a bar); sure, difficulty, kind,\n"
           "medium and traits are understood. Pictures are found from the folder of the labels. Besides\n"
           "\\-\\-output and the options above that say how photos are read and what is said meanwhile:\n" +
           tagged_options(without(entries_of(command), entries_of(app)));
}

std::string man_page(const CLI::App& app, const std::string& version) {
    std::string page = ".TH ANALYZE 1 \"\" \"chiffre " + version + "\" \"User Commands\"\n" +  //
                       ".SH NAME\nanalyze \\- read the digits in photographs\n" +
                       ".SH SYNOPSIS\n.B analyze\n[\\fIOPTIONS\\fR] \\fIPATH\\fR...\n.br\n" +
                       ".B analyze evaluate\n[\\fIOPTIONS\\fR] \\fILABELS\\fR\n" +  //
                       ".SH DESCRIPTION\n" + roff(app.get_description()) + "\n";
    page += positionals(app);
    page +=
        ".PP\nOne image prints its rows, one line each, groups of digits separated by a space. Several images, or a\n"
        "folder, print one line each: the path, a colon, and the rows separated by a slash. A question mark is a mark\n"
        "that was taken for a digit and could not be read. An image that cannot be read never ends the run.\n";
    page += ".SH OPTIONS\n" + tagged_options(entries_of(app)) + evaluate_section(app);
    page += ".SH EXIT STATUS\n";
    for (const ExitStatus& status : exit_statuses())
        page += tagged("\\fB" + std::to_string(status.status) + "\\fR", std::string(status.meaning) + ".");
    page += ".SH EXAMPLES\n";
    for (const Example& example : examples()) page += tagged("\\fB" + roff(example.command) + "\\fR", example.what);
    return page;
}

}  // namespace chiffre
