// ink.h -- changes how the ink of a picture looks and leaves its shape: width of the stroke, contrast, blur, noise.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "draws.h"

namespace chiffre::training {

// All zero: nothing is changed.
struct InkRange {
    double thicken_px = 0;  // each edge of a stroke moves out by up to this much, uniform ...
    double thin_px = 0;     // ... or in by up to this much
    double contrast = 0;    // natural logarithm of the gamma, uniform in +-
    double fade = 0;        // share of the ink's strength that is lost, uniform in 0..
    double blur = 0;        // weight of each direct neighbour in a 3-tap mean per axis, uniform in 0..; at most 1/3
    double noise = 0;       // grey levels, standard deviation, uniform in 0..
};

// Moves edges by `px` (out where positive, in where negative; at most kMostStroke_px) by grey dilation or erosion with
// a cross, the fraction by blending. `picture` is side x side; side at most 64.
void change_stroke(std::uint8_t* picture, int side, float px);

class InkChanger {
  public:
    explicit InkChanger(const InkRange& range);

    // `pixels_per_px`: the pixels of the picture for one of InkRange's.
    void change_width(Random& random, std::uint8_t* picture, int side, float pixels_per_px) const;
    // Contrast, fading, blur, noise.
    void change_look(Random& random, std::uint8_t* picture, int side) const;

    const InkStrength& strength() const { return strength_; }
    std::span<const std::array<std::uint8_t, 256>> curves() const { return curves_; }
    std::span<const std::int8_t> noise() const { return noise_; }

  private:
    InkStrength strength_;
    std::vector<std::array<std::uint8_t, 256>> curves_;  // gammas from exp(-contrast) to exp(contrast)
    std::vector<std::int8_t> noise_;                     // standard normal in sixteenths
};

}  // namespace chiffre::training
