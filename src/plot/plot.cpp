// plot.cpp -- a gnuplot script with its data inside. It names no file of the user: gnuplot runs in a folder of its own,
// and the finished picture is written from here.
#include "plot/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

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

// Around the only value of an axis, which by itself makes gnuplot warn of an empty range; else nothing.
std::string range_of_one(const Plot& plot, const char* axis, double std::pair<double, double>::*value, bool is_log) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Series& series : plot.series)
        for (const auto& point : series.points) {
            if (!is_shown(point.first, plot.log_x) || !is_shown(point.second, plot.log_y)) continue;
            low = std::min(low, point.*value);
            high = std::max(high, point.*value);
        }
    if (low != high) return "";
    const double margin = low == 0 ? 1 : std::abs(low) / 2;
    return std::string("set ") + axis + "range [" + number(is_log ? low / 2 : low - margin) + ":" +
           number(is_log ? low * 2 : low + margin) + "]\n";
}

// Marks for single points only where there is room between them.
std::string style(const Series& series, bool bars) {
    constexpr std::size_t kMostMarks = 60;
    if (bars) return " with boxes";
    return std::string(series.points.size() > kMostMarks ? " with lines" : " with linespoints") + " linewidth 2";
}

std::string panel(const Plot& plot) {
    std::string text = "reset\nset grid\nset key outside right noenhanced\nset title " + literal(plot.title) +
                       "\nset xlabel " + literal(plot.x_label) + "\nset ylabel " + literal(plot.y_label) + "\n";
    const bool bars = !plot.names.empty();
    if (plot.log_x && !bars) text += "set logscale x\n";
    if (plot.log_y) text += "set logscale y\n";
    text += "set format '%g'\n";
    text += range_of_one(plot, "x", &std::pair<double, double>::first, plot.log_x && !bars);
    if (!bars) text += range_of_one(plot, "y", &std::pair<double, double>::second, plot.log_y);
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
                 literal(plot.series[i].name) + style(plot.series[i], bars);
    }
    if (lines.empty()) throw Error(ErrorCode::unwritable, "--plot: expected something to draw, found no value");
    return text + lines + "\n";
}

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// What gnuplot said, for the end of a message: its words with one blank between.
std::string on_one_line(const std::string& text) {
    std::string line;
    std::istringstream stream(text);
    for (std::string word; stream >> word;) line += (line.empty() ? ": " : " ") + word;
    return line;
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
        run_program({"gnuplot", "--version"}, {.errors = "/dev/null"});
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
        run_program({"gnuplot", "plot.gp"}, {.errors = folder.path() / "errors", .folder = folder.path()});
    } catch (const Error& e) {
        throw Error(ErrorCode::unwritable, png.string() + ": expected gnuplot to draw it, found: " + e.what() +
                                               on_one_line(content(folder.path() / "errors")));
    }
    const std::string bytes = content(folder.path() / "plot.png");
    if (bytes.empty())
        throw Error(ErrorCode::unwritable, png.string() + ": expected a picture from gnuplot, found none");
    write_atomically(png, bytes);
}

}  // namespace chiffre
