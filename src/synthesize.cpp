// synthesize.cpp -- the program that draws photographs of handwritten digits with known truth.
#include <CLI/CLI.hpp>
#include <cmath>
#include <csignal>
#include <iostream>
#include <opencv2/core.hpp>

#include "error.h"
#include "synthesis/collection.h"
#include "synthesis/print.h"
#include "synthesis/sheets.h"

using namespace chiffre;
using namespace chiffre::synthesis;

namespace {

constexpr int kLongestSide = 20'000;  // pixels: 400 megapixels, twice what analyze reads by default
constexpr int kMostRows = 100, kMostDigits = 100;

constexpr int kInterrupted = 130;

// Set by the signal and asked between pictures: the one thing that a signal handler may do.
volatile std::sig_atomic_t interrupted = 0;
void interrupt(int) {
    interrupted = 1;
}

struct CommandLine {
    CollectionOptions collection;
    double megapixels = 0;  // 0: width and height count
    std::string rows, digits;
    std::vector<std::string> with, without;
    std::filesystem::path fonts = "/usr/share/fonts";
    bool held_back_fonts = false;
    int quality = 0;  // 0: drawn
    std::string sheet;
    int hands = 14, pictures = 3;
    std::uint64_t sheet_seed = 1;
};

Error usage(const std::string& message) {
    return {ErrorCode::usage, message};
}

// "A-B" or "A".
Range parse_range(const std::string& text, const std::string& option, int most) {
    Range range{0, 0};
    int used = 0;
    const int found = std::sscanf(text.c_str(), "%9d%n-%9d%n", &range.low, &used, &range.high, &used);
    if (found == 1) range.high = range.low;
    if (found < 1 || used != static_cast<int>(text.size()) || range.low < 1 || range.high < range.low ||
        range.high > most)
        throw usage(option + ": expected A-B or A within 1.." + std::to_string(most) + ", found \"" + text + "\"");
    return range;
}

std::string one_of_the_styles() {
    const std::vector<std::string> styles = style_names();
    std::string names;
    for (std::size_t i = 0; i < styles.size(); ++i)
        names.append(i == 0 ? "" : i + 1 == styles.size() ? " or " : ", ").append(styles[i]);
    return names;
}

std::string effect_names() {
    std::string names;
    for (int i = 0; i < kEffects; ++i) names.append(i == 0 ? "" : ", ").append(effect_name(static_cast<Effect>(i)));
    return names;
}

std::vector<Effect> parse_effects(const std::vector<std::string>& names, const std::string& option) {
    std::vector<Effect> effects;
    for (const std::string& name : names) {
        const std::optional<Effect> effect = effect_named(name);
        if (effect) {
            effects.push_back(*effect);
            continue;
        }
        throw usage(std::string(option).append(": expected some of ").append(effect_names()).append(", found ") + name);
    }
    return effects;
}

void declare_options(CLI::App& app, CommandLine& line) {
    CollectionOptions& collection = line.collection;
    app.add_option("--output", collection.folder, "folder for the pictures, truth.jsonl and labels.tsv")
        ->type_name("DIR");
    app.add_option("--count", collection.count, "pictures")->check(CLI::Range(1, 1'000'000))->capture_default_str();
    app.add_option("--seed", collection.seed, "the same seed draws the same pictures")->capture_default_str();
    auto* width = app.add_option("--width", collection.scene.width, "pixels")->capture_default_str();
    auto* height = app.add_option("--height", collection.scene.height, "pixels")->capture_default_str();
    for (CLI::Option* side : {width, height}) side->check(CLI::Range(1, kLongestSide));
    app.add_option("--megapixels", line.megapixels, "instead of width and height: sides as 4 to 3")
        ->check(CLI::Range(0.001, 300.0))
        ->excludes(width)
        ->excludes(height);
    app.add_option("--rows", line.rows, "in a picture [by style, mostly 1-8, as far as they fit]")->type_name("A-B");
    app.add_option("--digits", line.digits, "in a row [by style, mostly 1-12, as far as they fit]")->type_name("A-B");
    const auto set_style = [&collection](const std::string& name) {
        const std::optional<Style> style = style_named(name);
        if (!style) throw usage("--style: expected " + one_of_the_styles() + ", found " + name);
        collection.scene.style = *style;
    };
    app.add_option_function<std::string>("--style", set_style, one_of_the_styles() + " [mixed]")->type_name("STYLE");
    app.add_option("--with", line.with, "effects that every picture has, separated by commas: " + effect_names())
        ->delimiter(',')
        ->type_name("EFFECTS");
    app.add_option("--without", line.without, "effects that no picture has")->delimiter(',')->type_name("EFFECTS");
    app.add_option("--fonts", line.fonts, "folder of the fonts for what is printed")
        ->type_name("DIR")
        ->capture_default_str();
    app.add_flag("--held-back-fonts", line.held_back_fonts, "print with the fonts that training holds back");
    app.add_option("--quality", line.quality, "of the JPEG [drawn]")->check(CLI::Range(1, 100));
    app.add_option("--threads", collection.threads, "0: as many as there are cores")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    const auto set_format = [&collection](const std::string& name) {
        if (name != "jpg" && name != "png") throw usage("--format: expected jpg or png, found " + name);
        collection.format = name == "jpg" ? FileFormat::jpg : FileFormat::png;
    };
    app.add_option_function<std::string>("--format", set_format, "jpg or png [jpg]")->type_name("FORMAT");
    app.add_flag("--texts", collection.texts, "beside each picture a .txt of what analyze should print for it");
    app.add_flag("--force", collection.force, "overwrite what an earlier run left");

    CLI::App* glyphs = app.add_subcommand("glyphs", "draw a sheet of writers instead");
    glyphs->add_option("--output", line.sheet, "PNG to write")->required()->type_name("FILE");
    glyphs->add_option("--hands", line.hands, "writers")->check(CLI::Range(1, 1000))->capture_default_str();
    glyphs->add_option("--seed", line.sheet_seed, "of the writers")->capture_default_str();

    CLI::App* styles_sheet = app.add_subcommand("styles", "draw a sheet of pictures of every style instead");
    styles_sheet->add_option("--output", line.sheet, "JPEG to write")->required()->type_name("FILE");
    styles_sheet->add_option("--pictures", line.pictures, "of each")->check(CLI::Range(1, 20))->capture_default_str();
    styles_sheet->add_option("--seed", line.sheet_seed, "of the pictures")->capture_default_str();
    styles_sheet->add_option("--fonts", line.fonts, "folder of the fonts for what is printed")
        ->type_name("DIR")
        ->capture_default_str();
}

void resolve(CommandLine& line) {
    SceneOptions& scene = line.collection.scene;
    if (line.collection.folder.empty()) throw usage("--output: expected a folder, found none");
    if (line.megapixels > 0) {
        scene.width = static_cast<int>(std::lround(std::sqrt(line.megapixels * 1e6 * 4 / 3)));
        scene.height = static_cast<int>(std::lround(std::sqrt(line.megapixels * 1e6 * 3 / 4)));
    }
    if (!line.rows.empty()) scene.rows = parse_range(line.rows, "--rows", kMostRows);
    if (!line.digits.empty()) scene.digits = parse_range(line.digits, "--digits", kMostDigits);
    if (line.quality > 0) scene.quality = line.quality;
    scene.with = parse_effects(line.with, "--with");
    scene.without = parse_effects(line.without, "--without");
    if (may_have(scene, Effect::printed)) scene.fonts = load_figures(line.fonts, line.held_back_fonts);
}

// Returns the exit status.
int run(int argc, char** argv) {
    CLI::App app("Draws photographs of handwritten digits with known truth.", "synthesize");
    CommandLine line;
    declare_options(app, line);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& error) {
        throw usage(error.what());
    }
    if (app.got_subcommand("glyphs")) {
        write_hands(line.sheet, line.hands, line.sheet_seed);
        return 0;
    }
    if (app.got_subcommand("styles")) {
        write_styles(line.sheet, line.pictures, line.sheet_seed, load_figures(line.fonts, false));
        return 0;
    }
    resolve(line);
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
    return write_collection(line.collection, [] { return interrupted != 0; }) ? 0 : kInterrupted;
}

}  // namespace

int main(int argc, char** argv) {
    cv::setNumThreads(1);  // pictures are drawn side by side; each takes one thread
    try {
        return run(argc, argv);
    } catch (const Error& error) {
        std::cerr << "synthesize: " << error.what() << '\n';
        return exit_status(error.code());
    } catch (const std::exception& error) {
        std::cerr << "synthesize: " << error.what() << '\n';
        return 1;
    }
}
