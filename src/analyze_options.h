// analyze_options.h -- the command line of analyze: one table, from which --help, the man page and the shell
// completions are made.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline.h"
#include "report/report.h"
#include "run/folder_walk.h"
#include "run/shard.h"

namespace chiffre {

struct AnalyzeOptions {
    std::vector<std::string> paths;
    std::vector<std::string> lists;  // of further paths
    bool null_separated = false;     // these lists, and that of --errors-to
    FolderRules folders;
    Shard shard;
    int jobs = 0;  // photos read at the same time; 0: as many as there are cores
    Format format = Format::text;
    std::string output;     // empty: standard output
    bool force = false;     // overwrite
    bool resume = false;    // go on with what an earlier run wrote to it
    std::string errors_to;  // empty: none
    bool times = true;      // in JSON
    std::string progress = "auto";
    std::string debug_dir;        // empty: none
    std::string annotate_dir;     // empty: none
    std::string html_dir;         // empty: none
    std::string weights;          // empty: those built in
    std::string context_weights;  // likewise
    std::string device = "auto";
    std::string precision = "fp32";
    float min_confidence = ReadOptions{}.min_confidence;
    std::int64_t max_pixels = 200'000'000;
    Pattern digits, expect;   // that each row should match, both
    std::optional<Box> roi;   // nothing: all of the picture
    std::optional<int> turn;  // quarters, clockwise; nothing: found out
    bool timing = false;
    bool quiet = false;
    bool verbose = false;
    bool version = false;
    // Of the command evaluate alone:
    std::string labels;    // a labels file, or a folder with one
    std::string page_dir;  // empty: none
    bool json = false;     // instead of tables
    std::string without;   // names of the parts of the reading that are left out, separated by commas
    Parts parts;           // less those
};

// The command that holds readings against labels.
inline constexpr const char* kEvaluate = "evaluate";

// The largest --max-pixels: 4 times a gigapixel, far above any camera and far below overflow.
inline constexpr std::int64_t kMostPixels = 4'000'000'000;

// Puts every option on `app`, bound to `options`, and the command evaluate with its own. The name of an option's value
// says what it is, for whoever makes completions: FILE, DIR, PATH, or the choices themselves, "text|jsonl|csv".
void declare_options(CLI::App& app, AnalyzeOptions& options);

// Further parts of the manual.
struct Example {
    std::string_view command, what;
};
struct ExitStatus {
    int status;
    std::string_view meaning;
};
std::span<const Example> examples();
std::span<const ExitStatus> exit_statuses();

// Parses and checks the command line into the options that `app` is bound to; whether it is evaluate,
// app.got_subcommand(kEvaluate) tells. Throws Error(usage), and CLI::CallForHelp where help was asked for.
void parse_command_line(CLI::App& app, int argc, char** argv);

}  // namespace chiffre
