// warp.h -- bends a shape at random: rotation, scale per axis, slant, shift and a smooth elastic field, combined into
// one map so that every pixel is resampled once. Source of the elastic part: Simard, Steinkraus, Platt, "Best practices
// for convolutional neural networks applied to visual document analysis", ICDAR 2003. Their Gaussian smoothing of a
// field of noise is replaced by cubic B-splines over a coarse grid of noise: as smooth, and 20 times cheaper.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "draws.h"

namespace chiffre::training {

// Pixels are those of the source. All zero: nothing is changed.
struct WarpRange {
    double rotation_deg = 0;        // uniform in +-
    double scale = 0;               // natural logarithm, per axis, uniform in +-
    double slant = 0;               // dx per dy, uniform in +-
    double shift_px = 0;            // per axis, uniform in +-
    double elastic_px = 0;          // standard deviation of the displacement, per axis
    double elastic_spacing_px = 6;  // of the grid of noise; a Gaussian of sigma s is like a spacing of 1.7 s
};

class Warper {
  public:
    static constexpr int kMaxSide = 64;

    // Makes `side` x `side` pictures of `source_side` x `source_side` ones, `magnification` output pixels per source
    // pixel, centre on centre. Both sides are at most kMaxSide.
    Warper(const WarpRange& range, int source_side, int side, double magnification);

    // Draws a warp and applies it; what lies outside of the source is 0. Safe to call from many threads.
    void warp(Random& random, const std::uint8_t* source, std::uint8_t* out) const;

    const WarpStrength& strength() const { return strength_; }
    int nodes() const { return nodes_; }
    std::span<const float> basis() const { return basis_; }

  private:
    WarpStrength strength_;
    int source_side_, side_;
    float magnification_;
    int nodes_ = 0;             // of the elastic grid, per axis; 0: no elastic field
    std::vector<float> basis_;  // (nodes, side): weight of a node at a pixel
};

}  // namespace chiffre::training
