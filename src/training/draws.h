// draws.h -- what is drawn at random for one sample and in which order: one text for the CPU and the GPU, so that both
// make the same sample of the same numbers.
#pragma once

#include <cmath>

#include "frame.h"
#include "host_device.h"
#include "random.h"

namespace chiffre::training {

// The same bits from both: a GPU's single-precision functions are off by a unit in the last place now and then, its
// double-precision ones, rounded, are what a good C library gives.
#ifdef __CUDA_ARCH__
CHIFFRE_HOST_DEVICE inline float sine_of(float x) {
    return static_cast<float>(sin(static_cast<double>(x)));
}
CHIFFRE_HOST_DEVICE inline float cosine_of(float x) {
    return static_cast<float>(cos(static_cast<double>(x)));
}
CHIFFRE_HOST_DEVICE inline float exp_of(float x) {
    return static_cast<float>(exp(static_cast<double>(x)));
}
CHIFFRE_HOST_DEVICE inline float power_of(float base, float exponent) {
    return static_cast<float>(pow(static_cast<double>(base), static_cast<double>(exponent)));
}
#else
CHIFFRE_HOST_DEVICE inline float sine_of(float x) {
    return std::sin(x);
}
CHIFFRE_HOST_DEVICE inline float cosine_of(float x) {
    return std::cos(x);
}
CHIFFRE_HOST_DEVICE inline float exp_of(float x) {
    return std::exp(x);
}
CHIFFRE_HOST_DEVICE inline float power_of(float base, float exponent) {
    return std::pow(base, exponent);
}
#endif

// --- warp

// A WarpRange as the draws need it: each number uniform in +-.
struct WarpStrength {
    float rotation_rad = 0, slant = 0, scale = 0, shift_px = 0;
    float node_px = 0;  // displacement of a node of the elastic grid, per axis
};

// (x, y) -> (a x + b y + c, d x + e y + f), from output to source pixels.
struct Affine {
    float a = 1, b = 0, c = 0, d = 0, e = 1, f = 0;
};

inline constexpr int kAffineDraws = 6;

// The nodes of the elastic grid are the draws that follow: (2, nodes, nodes), the displacements along x first.
CHIFFRE_HOST_DEVICE inline Affine draw_affine(Random& random, const WarpStrength& strength, int source_side, int side,
                                              float magnification) {
    const float angle = random.symmetric(strength.rotation_rad);
    const float slant = random.symmetric(strength.slant);
    const float scale_x = exp_of(random.symmetric(strength.scale)) / magnification;
    const float scale_y = exp_of(random.symmetric(strength.scale)) / magnification;
    const float shift_x = random.symmetric(strength.shift_px);
    const float shift_y = random.symmetric(strength.shift_px);
    const float cosine = cosine_of(angle), sine = sine_of(angle);
    Affine map{cosine * scale_x, (cosine * slant - sine) * scale_y, 0,
               sine * scale_x,   (sine * slant + cosine) * scale_y, 0};
    const float centre = 0.5f * static_cast<float>(side - 1),
                source_centre = 0.5f * static_cast<float>(source_side - 1);
    map.c = source_centre + shift_x - (map.a + map.b) * centre;
    map.f = source_centre + shift_y - (map.d + map.e) * centre;
    return map;
}

// --- ink

// An InkRange as the draws need it.
struct InkStrength {
    float thin_px = 0, thicken_px = 0, contrast = 0, fade = 0;
    double blur = 0, noise = 0;  // double, as the products were when the first weights were trained
};

// How far the edges of the strokes move out, in pixels of the picture. No more than kMostStroke_px of it is done.
inline constexpr float kMostStroke_px = 4;
CHIFFRE_HOST_DEVICE inline float draw_edge_px(Random& random, const InkStrength& strength, float pixels_per_px) {
    return random.uniform(-strength.thin_px, strength.thicken_px) * pixels_per_px;
}

inline constexpr int kCurves = 33;  // of gammas from exp(-contrast) to exp(contrast)

// What happens to the ink without changing its shape. The defaults change nothing.
struct Look {
    int blur = 0;         // weight of each direct neighbour, 256ths
    int curve = -1;       // -1: none
    int fade = 256;       // what is left, 256ths
    int noise = 0;        // strength, sixteenths of a grey level ...
    int noise_start = 0;  // ... from here on in the table of noise
};

CHIFFRE_HOST_DEVICE inline Look draw_look(Random& random, const InkStrength& strength, int noise_starts) {
    Look look;
    if (strength.blur > 0) look.blur = static_cast<int>(256 * strength.blur * random.uniform());
    if (strength.contrast > 0) look.curve = random.below(kCurves);
    if (strength.fade > 0) look.fade = static_cast<int>(256 * (1 - strength.fade * random.uniform()));
    if (strength.noise > 0) {
        look.noise_start = random.below(noise_starts);
        look.noise = static_cast<int>(16 * strength.noise * random.uniform());
    }
    return look;
}

// --- pen and frame

// From a hard pencil to a marker, even in the logarithm; in pixels of the glyph, `pixels_per_px` for one of the tile.
CHIFFRE_HOST_DEVICE inline float draw_pen_width(Random& random, float pixels_per_px) {
    constexpr float kThinnest_px = 1.0f, kThickest_px = 3.6f;  // of the tile; a thicker one fills the loops of 6 and 8
    return pixels_per_px * kThinnest_px * power_of(kThickest_px / kThinnest_px, random.uniform());
}

// A FrameRange as the draws need it.
struct FrameStrength {
    float size_px = 0, shift_px = 0;
};

CHIFFRE_HOST_DEVICE inline Frame draw_frame(Random& random, const FrameStrength& strength) {
    Frame place;
    place.long_side_px += random.symmetric(strength.size_px);
    place.shift_x_px = random.symmetric(strength.shift_px);
    place.shift_y_px = random.symmetric(strength.shift_px);
    return place;
}

}  // namespace chiffre::training
