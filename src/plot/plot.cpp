// plot.cpp -- a gnuplot script with its data inside. It names no file of the user: gnuplot runs in a folder of its own,
// and the finished picture is written from here.
#include "plot/plot.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "atomic_file.h"
#include "error.h"
#include "plot/process.h"

namespace chiffre {
namespace {

// A string of gnuplot's in which nothing has a meaning.
std::string literal(const std::string& text) {
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c == '\n' ? ' ' : c);
    return result + "'";
}

std::string number(double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}

bool is_shown(double value, bool log_axis) {
    return std::isfinite(value) && (!log_axis || value > 0);
}

std::string data_block(const Series& series, std::size_t index, const Plot& plot) {
    std::string block = "$series" + std::to_string(index) + " << END\n";
    for (const auto& [x, y] : series.points)
        if (is_shown(x, plot.log_x) && is_shown(y, plot.log_y)) block += number(x) + " " + number(y) + "\n";
    return block + "END\n";
}

std::string panel(const Plot& plot) {
    std::string text = "reset\nset grid\nset key outside right noenhanced\nset title " + literal(plot.title) +
                       "\nset xlabel " + literal(plot.x_label) + "\nset ylabel " + literal(plot.y_label) + "\n";
    const bool bars = !plot.names.empty();
    if (plot.log_x && !bars) text += "set logscale x\n";
    if (plot.log_y) text += "set logscale y\n";
    text += "set format '%g'\n";
    if (bars) {
        text += "set style fill solid 0.6\nset boxwidth 0.7\nset xtics rotate by -30 (";
        for (std::size_t i = 0; i < plot.names.size(); ++i)
            text += (i > 0 ? ", " : "") + literal(plot.names[i]) + " " + std::to_string(i);
        text += ")\n";
    }
    std::string lines;
    for (std::size_t i = 0; i < plot.series.size(); ++i) {
        const std::string block = data_block(plot.series[i], i, plot);
        if (block.find("END\nEND") != std::string::npos) continue;  // gnuplot takes an empty block for a mistake
        text += block;
        lines += (lines.empty() ? "plot " : ", ") + std::string("$series") + std::to_string(i) + " title " +
                 literal(plot.series[i].name) + (bars ? " with boxes" : " with linespoints linewidth 2");
    }
    if (lines.empty()) throw Error(ErrorCode::unwritable, "--plot: expected something to draw, found no value");
    return text + lines + "\n";
}

std::string script(std::span<const Plot> panels) {
    std::string text =
        "set terminal pngcairo noenhanced size 1280,800 font 'sans,13'\n"
        "set output 'plot.png'\n";
    if (panels.size() > 1) text += "set multiplot layout " + std::to_string(panels.size()) + ",1\n";
    for (const Plot& plot : panels) text += panel(plot);
    return text;
}

}  // namespace

void require_gnuplot() {
    try {
        run_program({"gnuplot", "--version"}, {.is_silent = true});
    } catch (const Error& e) {
        throw Error(
            ErrorCode::unwritable,
            "--plot: expected gnuplot on PATH (the package gnuplot-nox has it), found: " + std::string(e.what()));
    }
}

void draw(const Plot& plot, const std::filesystem::path& png) {
    draw(std::span(&plot, 1), png);
}

void draw(std::span<const Plot> panels, const std::filesystem::path& png) {
    const TemporaryFolder folder;
    write_atomically(folder.path() / "plot.gp", script(panels));
    try {
        run_program({"gnuplot", "plot.gp"}, {.folder = folder.path()});
    } catch (const Error& e) {
        throw Error(ErrorCode::unwritable, png.string() + ": expected gnuplot to draw it, found: " + e.what());
    }
    std::ifstream file(folder.path() / "plot.png", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.empty())
        throw Error(ErrorCode::unwritable, png.string() + ": expected a picture from gnuplot, found none");
    write_atomically(png, bytes);
}

}  // namespace chiffre
