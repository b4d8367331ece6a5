// curves.cpp -- two panels, the loss and the error, on logarithmic axes, because all of interest is near their ends.
#include "curves.h"

#include <array>
#include <iostream>

#include "atomic_file.h"
#include "error.h"
#include "plot/plot.h"

namespace chiffre::training {
namespace {

constexpr std::chrono::seconds kRedraw{10};

Series series(std::span<const CurvePoint> curve, const std::string& name, double CurvePoint::*value, double scale) {
    Series line{name, {}};
    for (std::size_t i = 0; i < curve.size(); ++i)
        line.points.emplace_back(static_cast<double>(i + 1), scale * curve[i].*value);
    return line;
}

std::array<Plot, 2> panels(std::span<const CurvePoint> curve, const std::string& title) {
    constexpr double kPercent = 100;
    Plot loss{.title = title, .x_label = "epoch", .y_label = "loss (nats)", .log_y = true, .series = {}};
    loss.series = {series(curve, "training", &CurvePoint::loss, 1),
                   series(curve, "validation", &CurvePoint::validation_loss, 1)};
    Plot error{.title = "", .x_label = "epoch", .y_label = "error (%)", .log_y = true, .series = {}};
    error.series = {series(curve, "training", &CurvePoint::train_error, kPercent),
                    series(curve, "validation", &CurvePoint::validation_error, kPercent)};
    return {loss, error};
}

}  // namespace

CurvePicture::CurvePicture(std::filesystem::path png, std::string title)
    : png_(std::move(png)), title_(std::move(title)) {
    require_gnuplot();
    const AtomicFile can_be_written(png_);
}

void CurvePicture::follow(std::span<const CurvePoint> curve) {
    if (std::chrono::steady_clock::now() - drawn_ >= kRedraw) draw_now(curve);
}

void CurvePicture::draw_now(std::span<const CurvePoint> curve) {
    if (curve.empty()) return;
    try {
        draw(panels(curve, title_), png_);
    } catch (const Error& error) {
        std::cerr << "train: " << error.what() << '\n';
    }
    drawn_ = std::chrono::steady_clock::now();
}

}  // namespace chiffre::training
