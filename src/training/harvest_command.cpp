// harvest_command.cpp -- what `train harvest` checks, writes and tells.
#include "harvest_command.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <opencv2/core/utility.hpp>
#include <ostream>

#include "atomic_file.h"
#include "harvest.h"
#include "idx.h"
#include "picture.h"

namespace chiffre::training {
namespace {

constexpr std::size_t kCaptionName = 9;  // letters of a style's name below a tile
constexpr int kOnSheet = 60;             // of each kind: five rows of a contact sheet

std::string padded(const std::string& text, int width) {
    std::string cell(static_cast<std::size_t>(std::max(0, width - static_cast<int>(text.size()))), ' ');
    return cell + text;
}

void print_counts(std::ostream& out, const HarvestResult& result) {
    const Harvest& harvest = result.harvest;
    const std::size_t kinds = kHarvestKinds.size(), styles = harvest.style_names.size();
    std::vector<std::vector<int>> counts(styles, std::vector<int>(kinds));
    for (int i = 0; i < harvest.size(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        ++counts[harvest.styles[at]][harvest.kinds[at]];
    }
    const auto line = [&](std::string name, int pages, const std::vector<int>& of_kinds, int left_out) {
        name.resize(17, ' ');
        out << name << padded(std::to_string(pages), 7);
        for (const int count : of_kinds) out << padded(std::to_string(count), 9);
        out << padded(std::to_string(left_out), 10) << '\n';
    };
    out << "style              pages";
    for (const std::string_view kind : kHarvestKinds) out << padded(std::string(kind), 9);
    out << padded("left out", 10) << '\n';
    std::vector<int> all(kinds);
    int pages = 0, left_out = 0;
    for (std::size_t style = 0; style < styles; ++style) {
        if (result.pages[style] == 0) continue;
        line(harvest.style_names[style], result.pages[style], counts[style], result.left_out[style]);
        for (std::size_t kind = 0; kind < kinds; ++kind) all[kind] += counts[style][kind];
        pages += result.pages[style];
        left_out += result.left_out[style];
    }
    line("all", pages, all, left_out);
    std::array<int, kClasses + 1> labels{};
    for (const std::uint8_t label : harvest.tiles.labels) ++labels[label];
    out << "label  ";
    for (int label = 0; label < kClasses; ++label) out << padded(std::to_string(label), 8);
    out << padded("none", 8) << "\ntiles  ";
    for (const int count : labels) out << padded(std::to_string(count), 8);
    out << '\n';
}

// Of each kind as many, evenly spread over its tiles.
std::vector<Caption> samples_of(const Harvest& harvest) {
    std::vector<Caption> captions;
    for (std::size_t kind = 0; kind < kHarvestKinds.size(); ++kind) {
        std::vector<std::size_t> of_kind;
        for (std::size_t i = 0; i < harvest.kinds.size(); ++i)
            if (harvest.kinds[i] == kind) of_kind.push_back(i);
        const auto shown = std::min<std::size_t>(of_kind.size(), kOnSheet);
        for (std::size_t i = 0; i < shown; ++i) {
            const std::size_t at = of_kind[i * of_kind.size() / shown];
            const std::uint8_t label = harvest.tiles.labels[at];
            const std::string what = label == kNoDigit ? std::string(kHarvestKinds[kind]).substr(0, 4)
                                                       : std::to_string(label) + " " + kHarvestKinds[kind][0];
            captions.push_back({harvest.tiles.tiles[at],
                                what + " " + harvest.style_names[harvest.styles[at]].substr(0, kCaptionName)});
        }
    }
    return captions;
}

}  // namespace

std::vector<std::string> harvest_styles() {
    return synthesis::style_names();
}

void run_harvest(const HarvestCommand& command, std::ostream& out) {
    for (const std::filesystem::path& path : {command.output, command.sheet})
        if (!path.empty()) const AtomicFile can_be_written(path);
    cv::setNumThreads(1);  // pages are made side by side
    HarvestOptions options;
    options.pages = command.pages;
    options.seed = command.seed;
    options.threads = command.threads;
    options.view = command.view == name_of(TileView::context) ? TileView::context : TileView::alone;
    options.style = synthesis::style_named(command.style).value();
    options.fonts = synthesis::load_figures(command.fonts, false);

    synthesis::TracedDigits traced;
    if (!command.data.empty()) {
        const LabelledTiles digits = hold_back(load_mnist(command.data, MnistPart::train)).learn;
        traced = synthesis::trace_digits(digits.tiles, digits.labels);
        options.traced = &traced;
    }
    const bool terminal = isatty(STDERR_FILENO) != 0;
    const auto start = std::chrono::steady_clock::now();
    const HarvestResult result = harvest_pages(options, [&](int done) {
        constexpr int kStep = 20;
        if (terminal && (done % kStep == 0 || done == options.pages))
            std::cerr << "\rpage " << done << " of " << options.pages << (done == options.pages ? "\n" : "")
                      << std::flush;
    });
    save_harvest(command.output, result.harvest);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::cerr << "wrote " << command.output.string() << ", " << result.harvest.size() << " tiles "
              << harvest_hash(result.harvest) << ", in " << static_cast<int>(seconds.count() + 0.5) << " s\n";
    if (!command.sheet.empty()) write_contact_sheet(command.sheet, samples_of(result.harvest));
    print_counts(out, result);
}

}  // namespace chiffre::training
