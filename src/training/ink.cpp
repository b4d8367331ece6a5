// ink.cpp -- byte-wide loops over small square pictures.
#include "ink.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "../multiversion.h"

namespace chiffre::training {
namespace {

constexpr int kMaxSide = 64;
constexpr int kMaxPitch = kMaxSide + 2;
using Padded = std::array<std::uint8_t, kMaxPitch * kMaxPitch>;

// The picture with a border of one pixel of `border`.
void pad(Padded& padded, const std::uint8_t* picture, int side, std::uint8_t border) {
    const int pitch = side + 2;
    std::fill_n(padded.begin(), pitch * pitch, border);
    for (int y = 0; y < side; ++y) std::copy_n(picture + y * side, side, &padded[(y + 1) * pitch + 1]);
}

CHIFFRE_MULTIVERSION void dilate(std::uint8_t* __restrict__ out, const std::uint8_t* __restrict__ padded, int side) {
    const int pitch = side + 2;
    for (int y = 0; y < side; ++y) {
        const std::uint8_t* in = padded + (y + 1) * pitch + 1;
        for (int x = 0; x < side; ++x) {
            const std::uint8_t across = std::max(in[x - 1], in[x + 1]), along = std::max(in[x - pitch], in[x + pitch]);
            out[y * side + x] = std::max(in[x], std::max(across, along));
        }
    }
}

CHIFFRE_MULTIVERSION void erode(std::uint8_t* __restrict__ out, const std::uint8_t* __restrict__ padded, int side) {
    const int pitch = side + 2;
    for (int y = 0; y < side; ++y) {
        const std::uint8_t* in = padded + (y + 1) * pitch + 1;
        for (int x = 0; x < side; ++x) {
            const std::uint8_t across = std::min(in[x - 1], in[x + 1]), along = std::min(in[x - pitch], in[x + pitch]);
            out[y * side + x] = std::min(in[x], std::min(across, along));
        }
    }
}

// picture += share * (target - picture), share in 256ths.
CHIFFRE_MULTIVERSION void mix(std::uint8_t* __restrict__ picture, const std::uint8_t* __restrict__ target, int n,
                              int share) {
    for (int i = 0; i < n; ++i)
        picture[i] = static_cast<std::uint8_t>((picture[i] * (256 - share) + target[i] * share + 128) >> 8);
}

// 3-tap mean across, then along; `weight` of each neighbour in 256ths.
CHIFFRE_MULTIVERSION void blur(std::uint8_t* __restrict__ picture, std::uint8_t* __restrict__ padded, int side,
                               int weight) {
    const int pitch = side + 2, centre = 256 - 2 * weight;
    for (int y = 0; y < side; ++y) {
        std::uint8_t* row = padded + (y + 1) * pitch + 1;
        for (int x = 0; x < side; ++x)
            picture[y * side + x] =
                static_cast<std::uint8_t>((row[x] * centre + (row[x - 1] + row[x + 1]) * weight + 128) >> 8);
        std::memcpy(row, picture + y * side, static_cast<std::size_t>(side));
    }
    for (int y = 0; y < side; ++y) {
        const std::uint8_t* row = padded + (y + 1) * pitch + 1;
        for (int x = 0; x < side; ++x)
            picture[y * side + x] =
                static_cast<std::uint8_t>((row[x] * centre + (row[x - pitch] + row[x + pitch]) * weight + 128) >> 8);
    }
}

CHIFFRE_MULTIVERSION void add_noise(std::uint8_t* __restrict__ picture, const std::int8_t* __restrict__ noise, int n,
                                    int strength) {
    for (int i = 0; i < n; ++i) {
        const int value = picture[i] + ((noise[i] * strength + 128) >> 8);
        picture[i] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
    }
}

}  // namespace

void change_stroke(std::uint8_t* picture, int side, float px) {
    Padded padded;
    std::array<std::uint8_t, kMaxSide * kMaxSide> moved;
    const float distance = std::min(std::abs(px), kMostStroke_px);
    for (int step = 0; static_cast<float>(step) < distance; ++step) {
        pad(padded, picture, side, 0);
        if (px > 0)
            dilate(moved.data(), padded.data(), side);
        else
            erode(moved.data(), padded.data(), side);
        const float share = std::min(distance - static_cast<float>(step), 1.0f);
        mix(picture, moved.data(), side * side, static_cast<int>(std::lround(256 * share)));
    }
}

InkChanger::InkChanger(const InkRange& range)
    : strength_{static_cast<float>(range.thin_px),
                static_cast<float>(range.thicken_px),
                static_cast<float>(range.contrast),
                static_cast<float>(range.fade),
                range.blur,
                range.noise},
      curves_(kCurves) {
    for (int i = 0; i < kCurves; ++i) {
        const double gamma = std::exp(range.contrast * (2.0 * i / (kCurves - 1) - 1));
        for (int ink = 0; ink < 256; ++ink)
            curves_[i][ink] = static_cast<std::uint8_t>(std::lround(255 * std::pow(ink / 255.0, gamma)));
    }
    if (range.noise == 0) return;
    // Long enough that two pictures seldom share a stretch of it; twelve uniform numbers make a nearly normal one.
    constexpr int kNoiseLength = 1 << 16;
    Random random(0, Stream::glyphs, 0, 0);
    noise_.resize(kNoiseLength + kMaxSide * kMaxSide);
    for (std::int8_t& value : noise_) {
        float sum = -6;
        for (int i = 0; i < 12; ++i) sum += random.uniform();
        value = static_cast<std::int8_t>(std::lround(16 * sum));
    }
}

void InkChanger::change_width(Random& random, std::uint8_t* picture, int side, float pixels_per_px) const {
    change_stroke(picture, side, draw_edge_px(random, strength_, pixels_per_px));
}

void InkChanger::change_look(Random& random, std::uint8_t* picture, int side) const {
    const int n = side * side;
    const Look look = draw_look(random, strength_, static_cast<int>(noise_.size()) - n);
    if (look.blur > 0) {
        Padded padded;
        pad(padded, picture, side, 0);
        blur(picture, padded.data(), side, look.blur);
    }
    if (look.curve >= 0) {
        const std::array<std::uint8_t, 256>& curve = curves_[look.curve];
        for (int i = 0; i < n; ++i) picture[i] = curve[picture[i]];
    }
    if (look.fade < 256)
        for (int i = 0; i < n; ++i) picture[i] = static_cast<std::uint8_t>((picture[i] * look.fade + 128) >> 8);
    // noise_ is in sixteenths and add_noise divides by 256, so the strength is in sixteenths of a grey level.
    if (look.noise > 0) add_noise(picture, noise_.data() + look.noise_start, n, look.noise);
}

}  // namespace chiffre::training
