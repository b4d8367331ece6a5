// analyze_options.cpp -- the option table of analyze.
#include "analyze_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "error.h"

namespace chiffre {

static constexpr const char* kDescription = "Reads the digits in photographs and prints them, row by row.";

std::span<const Example> examples() {
    static constexpr std::array<Example, 11> all{{
        {"analyze photo.jpg", "the digits, one line per row"},
        {"analyze photos/", "every image of a folder, one line each"},
        {"analyze --format jsonl *.jpg > all.jsonl", "boxes, confidences and alternatives"},
        {"analyze --format csv -o all.csv photos/", "for a spreadsheet"},
        {"analyze -r photos/ -f jsonl -o all.jsonl --resume", "all folders below; goes on where a run ended"},
        {"find . -name '*.png' -print0 | analyze --files-from -", "names from elsewhere"},
        {"curl -s https://example.org/a.png | analyze -", "an image from a pipe"},
        {"analyze --debug out photo.jpg", "what each stage saw, as pictures"},
        {"analyze photos/ --html report", "a page to look through, sort and filter what was read"},
        {"analyze --digits 6 --roi 80,40,900,300 meter.jpg", "what is known: six digits, and where"},
        {"analyze evaluate photos/ --page out", "how much is right, with labels; failures as a page"},
    }};
    return all;
}

std::span<const ExitStatus> exit_statuses() {
    static constexpr std::array<ExitStatus, 7> all{{
        {0, "every image was read"},
        {1, "the run finished, some image could not be read"},
        {2, "an option or argument makes no sense"},
        {3, "the weights are missing or damaged"},
        {4, "the device asked for is not there, or failed"},
        {5, "output could not be written"},
        {130, "interrupted; what was finished is written"},
    }};
    return all;
}

static std::string footer() {
    std::string text = "Examples:\n";
    std::size_t widest = 0;
    for (const Example& example : examples()) widest = std::max(widest, example.command.size());
    for (const Example& example : examples()) {
        std::string command(example.command);
        command.resize(widest, ' ');
        text += "  " + command + "  " + std::string(example.what) + "\n";
    }
    text += "\nExit status:\n";
    for (const ExitStatus& status : exit_statuses()) {
        std::string number = std::to_string(status.status);
        number.resize(4, ' ');
        text += "  " + number + std::string(status.meaning) + "\n";
    }
    text.pop_back();  // CLI11 adds one
    return text;
}

// The library's check with our wording: what was expected, what was found.
static CLI::Validator expecting(const std::string& expected, CLI::Validator check) {
    check.description("");
    return CLI::Validator(
        [expected, check](std::string& input) -> std::string {
            const std::string found = input;
            try {
                if (check(input).empty()) return "";
            } catch (const CLI::ValidationError&) {
                // AsNumberWithUnit throws what other checks return
            }
            return "expected " + expected + ", found '" + found + "'";
        },
        "");
}

// CLI::Range lets "nan" pass.
static std::string is_probability(const std::string& input) {
    double p = 0;
    return CLI::detail::lexical_cast(input, p) && p >= 0 && p <= 1 ? "" : "not a probability";
}

static const std::map<std::string, Format> kFormats{
    {"text", Format::text}, {"jsonl", Format::jsonl}, {"csv", Format::csv}};

// What is read, beside PATH.
static void declare_input(CLI::App& app, AnalyzeOptions& options) {
    app.add_flag("-r,--recursive", options.folders.recursive, "Read the folders below a folder, too");
    const auto list = [&app](const char* name, std::vector<std::string>& values, const char* what, const char* type) {
        app.add_option(name, values, what)->type_name(type)->allow_extra_args(false);  // one value each time
    };
    list("--include", options.folders.include,
         "Of folders read the files that match GLOB, whatever their extension; several are alternatives", "GLOB");
    list("--exclude", options.folders.exclude, "Of folders leave out files and folders that match GLOB", "GLOB");
    list("--files-from", options.lists, "Read also what FILE names, a path a line or NUL bytes between; - for a pipe",
         "FILE");
    app.add_flag("-0,--null", options.null_separated, "Lists have NUL bytes between names, also that of --errors-to");
    const auto set_shard = [&options](const std::string& text) { options.shard = parse_shard(text, "--shard"); };
    app.add_option_function<std::string>("--shard", set_shard,
                                         "Read the I-th of N parts of the images, told apart by their paths")
        ->type_name("I/N")
        ->take_last();
    app.add_option("-j,--jobs", options.jobs, "Read so many photos at the same time; by default one on each core")
        ->type_name("N")
        ->check(expecting("a number from 1 to 1024", CLI::Range(1, 1024)))
        ->take_last();
}

static void declare_file(CLI::App& app, AnalyzeOptions& options) {
    app.add_option("-o,--output", options.output,
                   "Write to FILE, which appears when it is complete; until then it is FILE.partial")
        ->type_name("FILE")
        ->take_last();
}

static void declare_output(CLI::App& app, AnalyzeOptions& options) {
    const auto set_format = [&options](const std::string& name) { options.format = kFormats.at(name); };
    app.add_option_function<std::string>("-f,--format", set_format, "What to write: plain text, JSON Lines or CSV")
        ->type_name("text|jsonl|csv")
        ->default_str("text")
        ->check(expecting("text, jsonl or csv", CLI::IsMember({"text", "jsonl", "csv"})))
        ->take_last();
    declare_file(app, options);
    app.add_flag("--resume", options.resume, "Go on with the FILE.partial of a run that did not end");
    app.add_option("--errors-to", options.errors_to, "Write the paths of what could not be read to FILE")
        ->type_name("FILE")
        ->take_last();
    app.add_flag_function(
        "--no-times", [&options](std::int64_t) { options.times = false; },
        "JSON Lines without \"ms\": the same photos give the same bytes");
    app.add_flag("--force", options.force,
                 "Overwrite FILE, and write into a folder of --debug or --html with other files");
    app.add_option("--debug", options.debug_dir, "Write what each stage saw to DIR/NAME/ for every image")
        ->type_name("DIR")
        ->take_last();
    app.add_option("--annotate", options.annotate_dir, "Draw each reading into its photo: DIR/NAME.annotated.png")
        ->type_name("DIR")
        ->take_last();
    app.add_option("--html", options.html_dir, "Write a page to look through all photos and readings: DIR/index.html")
        ->type_name("DIR")
        ->take_last();
}

// "X,Y,W,H".
static Box parse_region(const std::string& text) {
    std::array<int, 4> values{};
    const char *at = text.data(), *end = at + text.size();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto read = std::from_chars(at, end, values[i]);
        const bool goes_on = i + 1 < values.size() ? read.ptr != end && *read.ptr == ',' : read.ptr == end;
        if (read.ec != std::errc{} || !goes_on || values[i] < (i < 2 ? 0 : 1))
            throw Error(ErrorCode::usage, "--roi: expected X,Y,W,H in pixels, found '" + text + "'");
        at = read.ptr + 1;
    }
    return {values[0], values[1], values[2], values[3]};
}

// What the user knows of the picture.
static void declare_knowledge(CLI::App& app, AnalyzeOptions& options) {
    const auto set_digits = [&options](const std::string& range) {
        options.digits = Pattern::count(range, "--digits");
    };
    app.add_option_function<std::string>("--digits", set_digits, "Each row has N digits, or A-B")
        ->type_name("N")
        ->take_last();
    const auto set_expect = [&options](const std::string& regex) {
        options.expect = Pattern::parse(regex, "--expect");
    };
    app.add_option_function<std::string>(
           "--expect", set_expect, "Each row's digits, without gaps, match REGEX, like 20\\d{2} or [0-3]\\d(0|1).*")
        ->type_name("REGEX")
        ->take_last();
    const auto set_roi = [&options](const std::string& region) { options.roi = parse_region(region); };
    app.add_option_function<std::string>("--roi", set_roi,
                                         "Read only this region: left, top, width and height in pixels")
        ->type_name("X,Y,W,H")
        ->take_last();
}

static void declare_reading(CLI::App& app, AnalyzeOptions& options) {
    const std::map<std::string, std::int64_t> units{{"k", 1'000}, {"m", 1'000'000}, {"g", 1'000'000'000}};
    app.add_option("--min-confidence", options.min_confidence, "Write '?' for a digit read with less than P")
        ->type_name("P")
        ->default_str("0.5")
        ->check(expecting("a number from 0 to 1", CLI::Validator(is_probability, "")))
        ->take_last();
    app.add_option("--max-pixels", options.max_pixels,
                   "Refuse a photo of more than N pixels (k, M and G are understood)")
        ->type_name("N")
        ->default_str("200M")
        ->check(
            expecting("a number of pixels from 1, like 200M or 200000000", CLI::Range(std::int64_t{1}, kMostPixels)))
        ->transform(expecting("a number of pixels, like 200M or 200000000", CLI::AsNumberWithUnit(units)))
        ->take_last();
    declare_knowledge(app, options);
    const std::map<std::string, std::optional<int>> turns{{"auto", {}}, {"0", 0}, {"90", 1}, {"180", 2}, {"270", 3}};
    app.add_option_function<std::string>(
           "--turn", [&options, turns](const std::string& name) { options.turn = turns.at(name); },
           "Turn pictures clockwise by so many degrees; auto tries where one reads poorly as it is")
        ->type_name("auto|0|90|180|270")
        ->default_str("auto")
        ->check(expecting("auto, 0, 90, 180 or 270", CLI::IsMember({"auto", "0", "90", "180", "270"})))
        ->take_last();
    app.add_option("--weights", options.weights,
                   "Read with the network in FILE (.safetensors) instead of the one built in")
        ->type_name("FILE")
        ->take_last();
    app.add_option("--context-weights", options.context_weights,
                   "The same of the second network, which sees each candidate where it stands")
        ->type_name("FILE")
        ->take_last();
    app.add_option(
           "--device", options.device,
           "Run the network here; auto takes a GPU where one can be used, for several photos; cuda:0,1 and cuda:all "
           "take several")
        ->type_name("auto|cpu|cuda[:N]")
        ->default_str("auto")
        ->take_last();
    app.add_option("--precision", options.precision,
                   "How a GPU multiplies: fp16 is faster, scores differ from fp32's by up to 0.005")
        ->type_name("fp32|fp16")
        ->default_str("fp32")
        ->check(expecting("fp32 or fp16", CLI::IsMember({"fp32", "fp16"})))
        ->take_last();
}

static void declare_talk(CLI::App& app, AnalyzeOptions& options) {
    app.add_flag("--timing", options.timing, "Say on standard error how long each stage took, summed over the images");
    app.add_flag("-q,--quiet", options.quiet, "No warnings and notes, only errors");
    app.add_flag("-v,--verbose", options.verbose, "Say on standard error what is done");
}

static void declare_general(CLI::App& app, AnalyzeOptions& options) {
    app.add_flag("--version", options.version, "Print versions, instruction set and weights, and exit")
        ->configurable(false);
    app.set_help_flag("-h,--help", "Print this help and exit")->configurable(false);
    app.set_config("--config", "",
                   "Take options from FILE: a line like format = \"jsonl\" for each; none is read unasked")
        ->type_name("FILE")
        ->configurable(false);
}

static void declare_evaluate(CLI::App& app, AnalyzeOptions& options) {
    CLI::App* command =
        app.add_subcommand(kEvaluate, "Read labelled pictures and say how much is right; a page of the failures");
    command->add_option("LABELS", options.labels, "A labels.tsv or truth.jsonl, or the folder that holds one")
        ->type_name("");
    const auto set_format = [&options](const std::string& name) { options.json = name == "json"; };
    command->add_option_function<std::string>("-f,--format", set_format, "What to write: tables or one JSON object")
        ->type_name("text|json")
        ->default_str("text")
        ->check(expecting("text or json", CLI::IsMember({"text", "json"})))
        ->take_last();
    declare_file(*command, options);
    command->add_option("--page", options.page_dir, "Write a page of the failures with their stage pictures to DIR")
        ->type_name("DIR")
        ->take_last();
    command->add_flag("--force", options.force, "Overwrite FILE, and write into a folder of --page with other files");
    declare_reading(*command, options);
    std::string names;
    for (const std::string_view name : part_names()) names.append(names.empty() ? "" : ", ").append(name);
    const auto leave_out = [&options](const std::string& parts) {
        options.without = parts;
        options.parts = parts_without(parts, "--without");
    };
    command
        ->add_option_function<std::string>("--without", leave_out,
                                           "Leave parts of the reading out, to see what they are worth: " + names)
        ->type_name("PART[,PART...]")
        ->join(',');
    declare_talk(*command, options);
}

void declare_options(CLI::App& app, AnalyzeOptions& options) {
    app.name("analyze");
    app.description(kDescription);
    app.footer(footer());
    app.allow_config_extras(CLI::config_extras_mode::error);
    app.get_formatter()->column_width(36);
    app.add_option("PATH", options.paths, "Image files; a folder stands for the images in it, - for standard input")
        ->type_name("")
        ->configurable(false);
    declare_input(app, options);
    declare_output(app, options);
    declare_reading(app, options);
    declare_talk(app, options);
    app.add_option("--progress", options.progress,
                   "Say on standard error how far the run is: auto on a terminal, json a JSON object a line")
        ->type_name("auto|json|none")
        ->default_str("auto")
        ->check(expecting("auto, json or none", CLI::IsMember({"auto", "json", "none"})))
        ->take_last();
    declare_general(app, options);
    declare_evaluate(app, options);
}

// The arguments, last one first, as CLI11 takes them. It would read "[a,b]" as two values: "./[a,b]" is the same file.
static std::vector<std::string> arguments(int argc, char** argv) {
    std::vector<std::string> reversed;
    for (int i = argc - 1; i > 0; --i) {
        const std::string argument = argv[i];
        const bool is_value = i > 1 && argv[i - 1] == std::string_view("--expect");
        const bool bracketed = argument.starts_with('[') && argument.ends_with(']') && !is_value;
        reversed.push_back(bracketed ? "./" + argument : argument);
    }
    return reversed;
}

// What says how photos are reported has no meaning for an evaluation.
static void check_evaluate(const CLI::App& app) {
    const CLI::App* command = app.get_subcommand(kEvaluate);
    for (const char* name :
         {"PATH", "--format", "--debug", "--annotate", "--html", "--recursive", "--include", "--exclude",
          "--files-from", "--null", "--shard", "--jobs", "--resume", "--errors-to", "--no-times", "--progress"})
        if (app.get_option(name)->count() > 0)
            throw Error(ErrorCode::usage, std::string(name) + ": expected none before evaluate, found '" +
                                              app.get_option(name)->results().front() +
                                              "' (a file of that name is ./evaluate)");
    if (command->get_option("LABELS")->count() == 0)
        throw Error(ErrorCode::usage, "expected LABELS, a file or folder, found none (analyze evaluate --help)");
}

static void parse(CLI::App& app, int argc, char** argv) {
    try {
        app.parse(arguments(argc, argv));
    } catch (const CLI::CallForHelp&) {
        throw;
    } catch (const CLI::ExtrasError&) {
        const std::string command = app.got_subcommand(kEvaluate) ? std::string("analyze ") + kEvaluate : "analyze";
        const std::string extra = app.remaining(true).front();
        throw Error(ErrorCode::usage, extra.starts_with('-') ? extra + ": expected an option that '" + command +
                                                                   " --help' lists, found none of them"
                                                             : "expected one LABELS, found also '" + extra + "'");
    } catch (const CLI::FileError& e) {
        throw Error(ErrorCode::usage, std::string("--config: expected a readable file, found: ") + e.what());
    } catch (const CLI::ConfigError& e) {
        throw Error(ErrorCode::usage, std::string("--config: expected long options but PATH, found: ") + e.what());
    } catch (const CLI::ParseError& e) {
        throw Error(ErrorCode::usage, e.what());
    }
}

void parse_command_line(CLI::App& app, int argc, char** argv) {
    parse(app, argc, argv);
    if (app.got_subcommand(kEvaluate)) check_evaluate(app);
}

}  // namespace chiffre
