// curves.h -- loss and error over the epochs as a picture that is drawn anew while training goes on.
#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <string>

#include "checkpoint.h"

namespace chiffre::training {

class CurvePicture {
  public:
    // Throws Error(unwritable) where gnuplot is not there or `png` cannot be written.
    CurvePicture(std::filesystem::path png, std::string title);

    // Both draw nothing where there is no epoch. A picture that fails is said on stderr: training is worth more.

    // Draws where the last drawing is long enough ago.
    void follow(std::span<const CurvePoint> curve);
    void draw_now(std::span<const CurvePoint> curve);

  private:
    std::filesystem::path png_;
    std::string title_;
    std::chrono::steady_clock::time_point drawn_ = std::chrono::steady_clock::now();
};

}  // namespace chiffre::training
