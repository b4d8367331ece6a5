// plot.h -- pictures of measurements and of training, drawn by gnuplot, which is looked for on PATH when a picture is
// asked for.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace chiffre {

struct Series {
    std::string name;
    std::vector<std::pair<double, double>> points;  // in the order of x
};

// Lines over numbers; values that a logarithmic axis cannot show are left out.
struct Plot {
    std::string title, x_label, y_label;
    bool log_x = false, log_y = false;
    std::vector<Series> series;
    std::vector<std::string> names = {};  // of x = 0, 1, ...: bars instead of lines, one series
};

// Throws Error(unwritable) where gnuplot is not on PATH or does not start. To be called before anything is measured.
void require_gnuplot();

// Writes the picture, of several panels one below the other; `png` appears when it is complete. Throws
// Error(unwritable).
void draw(const Plot& plot, const std::filesystem::path& png);
void draw(std::span<const Plot> panels, const std::filesystem::path& png);

}  // namespace chiffre
