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
    int used = 0;
    for (int i = 0; i < out; ++i) {
        const Tap tap = resize_tap(in, out, i);
        taps.first[i] = tap.first;
        taps.count[i] = tap.count;
        taps.offset[i] = used;
        for (int k = 0; k < tap.count; ++k) taps.weights[used++] = tap.weight(tap.first + k);
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
    const int long_side = std::max(ink.w, ink.h);
    const int w = framed_side(ink.w, long_side, frame), h = framed_side(ink.h, long_side, frame);
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
    const int left = framed_start(w, moment_x, mass, frame.shift_x_px);
    const int top = framed_start(h, moment_y, mass, frame.shift_y_px);
    for (int y = 0; y < h; ++y) std::copy_n(&shape[y * w], w, &tile.ink[(top + y) * kTileSide + left]);
    return true;
}

}  // namespace chiffre::training
