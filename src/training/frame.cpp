// frame.cpp -- a separable resize and a centre of mass.
#include "frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace chiffre::training {
namespace {

// The source pixels and their weights for every output pixel of one axis.
struct Taps {
    std::array<int, kMaxResize> first, count, offset;
    std::array<float, 4 * kMaxResize> weights;
};

void make_taps(Taps& taps, int in, int out) {
    const float scale = static_cast<float>(in) / static_cast<float>(out);
    int used = 0;
    for (int i = 0; i < out; ++i) {
        float low = static_cast<float>(i) * scale, high = static_cast<float>(i + 1) * scale;
        if (scale < 1) {  // a box of one source pixel about the centre: bilinear interpolation
            const float centre = 0.5f * (low + high);
            low = std::clamp(centre - 0.5f, 0.0f, static_cast<float>(in - 1));
            high = low + 1;
        }
        const int first = std::min(static_cast<int>(low), in - 1);
        const int last = std::clamp(static_cast<int>(std::ceil(high)), first + 1, in);
        taps.first[i] = first;
        taps.count[i] = last - first;
        taps.offset[i] = used;
        for (int k = first; k < last; ++k) {
            const float covered = std::min(high, static_cast<float>(k + 1)) - std::max(low, static_cast<float>(k));
            taps.weights[used++] = std::max(covered, 0.0f) / (high - low);
        }
    }
}

}  // namespace

void resize(const Grey& source, std::uint8_t* out, int out_w, int out_h, int out_pitch) {
    if (std::max({source.w, source.h, out_w, out_h}) > kMaxResize || std::min({source.w, source.h, out_w, out_h}) < 1)
        throw std::invalid_argument("resize: side outside of 1..kMaxResize");
    Taps columns, rows;
    make_taps(columns, source.w, out_w);
    make_taps(rows, source.h, out_h);
    std::array<float, kMaxResize> line;
    for (int y = 0; y < out_h; ++y) {
        std::fill_n(line.begin(), source.w, 0.0f);
        for (int k = 0; k < rows.count[y]; ++k) {
            const std::uint8_t* in = source.pixels + (rows.first[y] + k) * source.pitch;
            const float weight = rows.weights[rows.offset[y] + k];
            for (int x = 0; x < source.w; ++x) line[x] += weight * static_cast<float>(in[x]);
        }
        for (int x = 0; x < out_w; ++x) {
            float sum = 0.5f;
            for (int k = 0; k < columns.count[x]; ++k)
                sum += columns.weights[columns.offset[x] + k] * line[columns.first[x] + k];
            out[y * out_pitch + x] = static_cast<std::uint8_t>(std::min(sum, 255.0f));
        }
    }
}

Grey crop_to_ink(const Grey& picture) {
    int left = picture.w, right = 0, top = picture.h, bottom = 0;
    for (int y = 0; y < picture.h; ++y) {
        const std::uint8_t* row = picture.pixels + y * picture.pitch;
        const auto inked = [](std::uint8_t ink) { return ink >= kInkLevel; };
        const int first = static_cast<int>(std::find_if(row, row + picture.w, inked) - row);
        if (first == picture.w) continue;
        int last = picture.w;
        while (row[last - 1] < kInkLevel) --last;
        left = std::min(left, first);
        right = std::max(right, last);
        top = std::min(top, y);
        bottom = y + 1;
    }
    if (right <= left) return {};
    return {picture.pixels + top * picture.pitch + left, right - left, bottom - top, picture.pitch};
}

bool frame(const Grey& picture, const Frame& frame, Tile& tile) {
    tile.ink.fill(0);
    const Grey ink = crop_to_ink(picture);
    if (ink.w == 0) return false;
    const float scale = frame.long_side_px / static_cast<float>(std::max(ink.w, ink.h));
    const int w = std::clamp(static_cast<int>(std::lround(scale * static_cast<float>(ink.w))), 1, kTileSide);
    const int h = std::clamp(static_cast<int>(std::lround(scale * static_cast<float>(ink.h))), 1, kTileSide);
    std::array<std::uint8_t, kTileBytes> shape;
    resize(ink, shape.data(), w, h, w);

    int mass = 0, moment_x = 0, moment_y = 0;
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            const int value = shape[y * w + x];
            mass += value;
            moment_x += value * x;
            moment_y += value * y;
        }
    if (mass == 0) return false;
    // MNIST rounds the centre of mass to pixel (14, 14) of 28x28, which is half a pixel right of and below the middle:
    // over its training set the mean is 16.507, 16.496 in a tile, where pixel centres are at halves.
    constexpr float kMiddle = 0.5f * kTileSide + 0.5f;
    const float centre_x = static_cast<float>(moment_x) / static_cast<float>(mass) + 0.5f;
    const float centre_y = static_cast<float>(moment_y) / static_cast<float>(mass) + 0.5f;
    const int left = std::clamp(static_cast<int>(std::lround(kMiddle + frame.shift_x_px - centre_x)), 0, kTileSide - w);
    const int top = std::clamp(static_cast<int>(std::lround(kMiddle + frame.shift_y_px - centre_y)), 0, kTileSide - h);
    for (int y = 0; y < h; ++y) std::copy_n(&shape[y * w], w, &tile.ink[(top + y) * kTileSide + left]);
    return true;
}

}  // namespace chiffre::training
