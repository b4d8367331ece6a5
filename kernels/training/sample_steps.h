// sample_steps.h -- how the threads of a block make one sample, in steps with a barrier after each. A step is a plain
// function of a thread's number, so that a test runs it on the CPU, thread after thread, and compares with the CPU's
// own samples bit for bit: every product and sum here stands in the order of src/training's warp.cpp, ink.cpp and
// frame.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "host_device.h"
#include "sample_setup.h"
#include "sample_words.h"
#include "tile.h"
#include "training/draws.h"
#include "training/frame.h"
#include "training/pen.h"
#include "training/sample_view.h"

namespace chiffre::cuda {

struct Thread {
    int index, count;  // in its block
};

// --- warp

CHIFFRE_HOST_DEVICE inline void clear_sums(SampleSums& sums, Thread thread) {
    if (thread.index == 0) sums = {};
}

CHIFFRE_HOST_DEVICE inline void load_source(std::uint8_t* padded, const std::uint8_t* source, int side, Thread thread) {
    const int words = source_pitch(side) / 4, inner_words = side / 4;
    for (int i = thread.index; i < words * (side + 2); i += thread.count) {
        const int y = i / words - 1, word = i % words - 1;
        const bool inside = y >= 0 && y < side && word >= 0 && word < inner_words;
        store_word(padded + 4 * i, inside ? load_word(source + y * side + 4 * word) : 0);
    }
}

CHIFFRE_HOST_DEVICE inline void draw_nodes(float* nodes, const SampleView& samples, const SampleSetup& setup,
                                           Thread thread) {
    const KindView& kind = samples.kinds[setup.kind];
    const auto first = setup.first_node_draw, count = static_cast<std::uint32_t>(2 * kind.nodes * kind.nodes);
    // Four words of a counter at a time; the first and the last may belong to other draws.
    for (std::uint32_t block = first / 4 + thread.index; 4 * block < first + count; block += thread.count) {
        const auto words =
            training::philox({block, setup.index, setup.epoch, static_cast<std::uint32_t>(training::Stream::sample)},
                             training::philox_key(samples.seed));
        for (std::uint32_t i = 0; i < 4; ++i) {
            const std::uint32_t node = 4 * block + i - first;  // wraps to above `count` before the first
            if (node < count) nodes[node] = training::as_symmetric(words[i], kind.warp.node_px);
        }
    }
}

CHIFFRE_HOST_DEVICE inline void spread_nodes(float* rows, const float* nodes, const training::NodeTaps* taps, int n,
                                             int side, Thread thread) {
    const int shift = side == kMostCanvasSide ? 6 : 5;
    for (int i = thread.index; i < 2 * n * side; i += thread.count) {
        const training::NodeTaps& tap = taps[i & (side - 1)];
        const float* row = nodes + (i >> shift) * n + tap.first;
        float sum = 0;
        for (int k = 0; k < 4; ++k) sum += row[k] * tap.weight[k];
        rows[i] = sum;
    }
}

// The mean of the four source pixels about (px, py).
CHIFFRE_HOST_DEVICE inline std::uint32_t source_at(const std::uint8_t* padded, int side, float px, float py) {
    // The last position below `side`, where the weight of the picture is less than half a grey level.
    const float end = static_cast<float>(side) - 1.0f / 1024;
    px = fminf(fmaxf(px, -1.0f), end) + 1;
    py = fminf(fmaxf(py, -1.0f), end) + 1;
    const int column = static_cast<int>(px), row = static_cast<int>(py), pitch = source_pitch(side);
    const float x = px - static_cast<float>(column), y = py - static_cast<float>(row);
    const std::uint8_t* p = padded + row * pitch + column + kSourceBorder - 1;
    const auto p00 = static_cast<float>(p[0]), p01 = static_cast<float>(p[1]);
    const auto p10 = static_cast<float>(p[pitch]), p11 = static_cast<float>(p[pitch + 1]);
    const float top = p00 + x * (p01 - p00), bottom = p10 + x * (p11 - p10);
    return static_cast<std::uint32_t>(static_cast<int>(top + y * (bottom - top) + 0.5f));
}

// Four neighbours at a time: they share the taps of their row and the words of the field. Everything is by value: a
// store of bytes might change whatever a pointer leads to, and it would be read again for every word.
CHIFFRE_HOST_DEVICE inline void warp_source(std::uint8_t* out, const std::uint8_t* padded, int source_side, int side,
                                            const training::Affine map, const float* rows, int n,
                                            const training::NodeTaps* taps, Thread thread) {
    const int words = side / 4, shift = side == kMostCanvasSide ? 4 : 3;
    for (int i = thread.index; i < words * side; i += thread.count) {
        const int x = 4 * (i & (words - 1)), y = i >> shift;
        const auto fy = static_cast<float>(y);
        std::array<float, 4> px, py;
        for (int k = 0; k < 4; ++k) {
            const auto fx = static_cast<float>(x + k);
            px[k] = map.a * fx + map.b * fy + map.c;
            py[k] = map.d * fx + map.e * fy + map.f;
        }
        if (n > 0) {
            const std::array<float, 4> weight = load_four(taps[y].weight.data());
            const float* along_x = rows + taps[y].first * side + x;
            const float* along_y = along_x + n * side;
            for (int node = 0; node < 4; ++node) {
                const std::array<float, 4> dx = load_four(along_x + node * side), dy = load_four(along_y + node * side);
                for (int k = 0; k < 4; ++k) {
                    px[k] += weight[node] * dx[k];
                    py[k] += weight[node] * dy[k];
                }
            }
        }
        std::uint32_t word = 0;
        for (int k = 0; k < 4; ++k) word |= source_at(padded, source_side, px[k], py[k]) << (8 * k);
        store_word(out + 4 * i, word);
    }
}

// --- strokes

// One step of change_stroke: out = in + share * (dilated or eroded in - in), share in 256ths.
CHIFFRE_HOST_DEVICE inline void move_edges(std::uint8_t* out, const std::uint8_t* in, int side, bool grow,
                                           std::uint32_t share, Thread thread) {
    const int words = side / 4, shift = side == kMostCanvasSide ? 4 : 3;
    for (int i = thread.index; i < words * side; i += thread.count) {
        const int column = i & (words - 1), row = i >> shift;
        const std::uint8_t* p = in + 4 * i;
        const std::uint32_t centre = load_word(p);
        const std::uint32_t left = centre << 8 | (column > 0 ? p[-1] : 0u);
        const std::uint32_t right = centre >> 8 | (column + 1 < words ? p[4] : 0u) << 24;
        const std::uint32_t above = row > 0 ? load_word(p - side) : 0;
        const std::uint32_t below = row + 1 < side ? load_word(p + side) : 0;
        const std::uint32_t moved = grow
                                        ? max_bytes(centre, max_bytes(max_bytes(left, right), max_bytes(above, below)))
                                        : min_bytes(centre, min_bytes(min_bytes(left, right), min_bytes(above, below)));
        store_word(out + 4 * i, weigh_bytes(centre, 256 - share, moved, 0, share));
    }
}

CHIFFRE_HOST_DEVICE inline void make_pen(std::uint8_t* pen, float width_px, Thread thread) {
    for (int nearness = thread.index; nearness < 256; nearness += thread.count)
        pen[nearness] = training::pen_ink(nearness, width_px);
}

// --- frame

// Draws with the pen, where there is one, and marks the rows and columns that hold ink.
CHIFFRE_HOST_DEVICE inline void find_ink(SampleSums& sums, std::uint8_t* picture, int side, const std::uint8_t* pen,
                                         Thread thread) {
    const int words = side / 4, shift = side == kMostCanvasSide ? 4 : 3;
    std::uint64_t rows = 0, columns = 0;
    for (int i = thread.index; i < words * side; i += thread.count) {
        std::uint32_t word = load_word(picture + 4 * i);
        if (pen) {
            word = pen[byte_of(word, 0)] | pen[byte_of(word, 1)] << 8 | pen[byte_of(word, 2)] << 16 |
                   static_cast<std::uint32_t>(pen[byte_of(word, 3)]) << 24;
            store_word(picture + 4 * i, word);
        }
        std::uint32_t inked = 0;
        for (int k = 0; k < 4; ++k) inked |= (byte_of(word, k) >= training::kInkLevel ? 1u : 0u) << k;
        if (inked == 0) continue;
        const int column = 4 * (i & (words - 1)), row = i >> shift;
        rows |= std::uint64_t{1} << row;
        columns |= std::uint64_t{inked} << column;
    }
    for (int half = 0; half < 2; ++half) {
        or_into(sums.rows[half], static_cast<std::uint32_t>(rows >> (32 * half)));
        or_into(sums.columns[half], static_cast<std::uint32_t>(columns >> (32 * half)));
    }
}

// The ink's box on the canvas and its side in the tile, per axis; 0 where there is no ink.
struct InkBox {
    int left = 0, top = 0, w = 0, h = 0;
    int out_w = 0, out_h = 0;
};

CHIFFRE_HOST_DEVICE inline InkBox box_of(const SampleSums& sums, const training::Frame& place) {
    InkBox box;
    if ((sums.rows[0] | sums.rows[1]) == 0) return box;
    box.left = first_bit(sums.columns[0], sums.columns[1]);
    box.top = first_bit(sums.rows[0], sums.rows[1]);
    box.w = bits_end(sums.columns[0], sums.columns[1]) - box.left;
    box.h = bits_end(sums.rows[0], sums.rows[1]) - box.top;
    const int long_side = std::max(box.w, box.h);
    box.out_w = training::framed_side(box.w, long_side, place);
    box.out_h = training::framed_side(box.h, long_side, place);
    return box;
}

CHIFFRE_HOST_DEVICE inline void make_taps(AxisTaps* axes, const InkBox& box, Thread thread) {
    for (int i = thread.index; i < box.out_w + box.out_h; i += thread.count) {
        const bool is_row = i >= box.out_w;
        const int in = is_row ? box.h : box.w, out = is_row ? box.out_h : box.out_w, k = is_row ? i - box.out_w : i;
        AxisTaps& axis = axes[is_row ? 1 : 0];
        const training::Tap tap = training::resize_tap(in, out, k);
        const int place = in < out ? 2 * k : tap.first + k;
        axis.first[k] = static_cast<std::uint8_t>(tap.first);
        axis.count[k] = static_cast<std::uint8_t>(tap.count);
        axis.place[k] = static_cast<std::uint8_t>(place);
        for (int pixel = 0; pixel < tap.count; ++pixel) axis.weight[place + pixel] = tap.weight(tap.first + pixel);
    }
}

// lines(out_h, w) of the box, in rows of the canvas's length.
CHIFFRE_HOST_DEVICE inline void resize_along_y(float* lines, const std::uint8_t* picture, int side, const InkBox& box,
                                               const AxisTaps& rows, Thread thread) {
    const std::uint8_t* ink = picture + box.top * side + box.left;
    const int shift = side == kMostCanvasSide ? 6 : 5;
    for (int i = thread.index; i < box.out_h * side; i += thread.count) {
        const int x = i & (side - 1), y = i >> shift;
        if (x >= box.w) continue;
        float sum = 0;
        for (int k = 0; k < rows.count[y]; ++k)
            sum += rows.weight[rows.place[y] + k] * static_cast<float>(ink[(rows.first[y] + k) * side + x]);
        lines[i] = sum;
    }
}

// shape(out_h, out_w), in rows of a tile's length, and its centre of mass.
CHIFFRE_HOST_DEVICE inline void resize_along_x(std::uint8_t* shape, SampleSums& sums, const float* lines, int side,
                                               const InkBox& box, const AxisTaps& columns, Thread thread) {
    std::uint32_t mass = 0, moment_x = 0, moment_y = 0;
    for (int i = thread.index; i < box.out_h * kTileSide; i += thread.count) {
        const int x = i % kTileSide, y = i / kTileSide;
        if (x >= box.out_w) continue;
        float sum = 0.5f;
        for (int k = 0; k < columns.count[x]; ++k)
            sum += columns.weight[columns.place[x] + k] * lines[y * side + columns.first[x] + k];
        const auto value = static_cast<std::uint8_t>(std::min(sum, 255.0f));
        shape[i] = value;
        mass += value;
        moment_x += value * x;
        moment_y += value * y;
    }
    add_into(sums.mass, mass);
    add_into(sums.moment_x, moment_x);
    add_into(sums.moment_y, moment_y);
}

CHIFFRE_HOST_DEVICE inline void place_in_tile(std::uint8_t* tile, const std::uint8_t* shape, const InkBox& box,
                                              const SampleSums& sums, const training::Frame& place, Thread thread) {
    const bool empty = sums.mass == 0;
    const int mass = static_cast<int>(sums.mass);
    const int left =
        empty ? 0 : training::framed_start(box.out_w, static_cast<int>(sums.moment_x), mass, place.shift_x_px);
    const int top =
        empty ? 0 : training::framed_start(box.out_h, static_cast<int>(sums.moment_y), mass, place.shift_y_px);
    for (int i = thread.index; i < kTileBytes; i += thread.count) {
        const int x = i % kTileSide - left, y = i / kTileSide - top;
        const bool inside = !empty && x >= 0 && x < box.out_w && y >= 0 && y < box.out_h;
        tile[i] = inside ? shape[y * kTileSide + x] : 0;
    }
}

// --- look

CHIFFRE_HOST_DEVICE inline void blur_across(std::uint8_t* out, const std::uint8_t* in, std::uint32_t weight,
                                            Thread thread) {
    constexpr int kWords = kTileSide / 4;
    for (int i = thread.index; i < kWords * kTileSide; i += thread.count) {
        const std::uint8_t* p = in + 4 * i;
        const std::uint32_t centre = load_word(p);
        const std::uint32_t left = centre << 8 | (i % kWords > 0 ? p[-1] : 0u);
        const std::uint32_t right = centre >> 8 | (i % kWords + 1 < kWords ? p[4] : 0u) << 24;
        store_word(out + 4 * i, weigh_bytes(centre, 256 - 2 * weight, left, right, weight));
    }
}

// The blur along y, contrast, fading, noise.
CHIFFRE_HOST_DEVICE inline void finish_tile(std::uint8_t* tile, const std::uint8_t* in, const SampleView& samples,
                                            const KindView& kind, const training::Look& look, Thread thread) {
    constexpr int kWords = kTileSide / 4;
    const auto weight = static_cast<std::uint32_t>(look.blur);
    for (int i = thread.index; i < kWords * kTileSide; i += thread.count) {
        const std::uint8_t* p = in + 4 * i;
        std::uint32_t word = load_word(p);
        if (look.blur > 0) {
            const std::uint32_t above = i >= kWords ? load_word(p - kTileSide) : 0;
            const std::uint32_t below = i < kWords * (kTileSide - 1) ? load_word(p + kTileSide) : 0;
            word = weigh_bytes(word, 256 - 2 * weight, above, below, weight);
        }
        if (look.curve >= 0) {
            const training::Curve& curve = samples.curves[kind.first_curve + look.curve];
            word = curve[byte_of(word, 0)] | curve[byte_of(word, 1)] << 8 | curve[byte_of(word, 2)] << 16 |
                   static_cast<std::uint32_t>(curve[byte_of(word, 3)]) << 24;
        }
        word = weigh_bytes(word, static_cast<std::uint32_t>(look.fade), 0, 0, 0);
        if (look.noise > 0) {
            const std::int8_t* noise = samples.noise.data() + look.noise_start + 4 * i;
            std::uint32_t noisy = 0;
            for (int k = 0; k < 4; ++k) {
                const int value = static_cast<int>(byte_of(word, k)) + ((noise[k] * look.noise + 128) >> 8);
                noisy |= static_cast<std::uint32_t>(std::min(std::max(value, 0), 255)) << (8 * k);
            }
            word = noisy;
        }
        store_word(tile + 4 * i, word);
    }
}

// --- all of it

// Writes the sample's tile, which is aligned to 4 bytes. for_all(step) calls step(thread) for every thread of the block
// and returns when all have come back from it.
template <typename ForAll>
CHIFFRE_HOST_DEVICE void make_sample(std::uint8_t* tile, const SampleView& samples, const SampleSetup& setup,
                                     const SampleMemory& memory, const ForAll& for_all) {
    const KindView& kind = samples.kinds[setup.kind];
    const training::NodeTaps* taps = samples.taps.data() + kind.first_tap;
    const int side = kind.canvas_side;
    for_all([&](Thread thread) {
        clear_sums(*memory.sums, thread);
        load_source(memory.spare, samples.shapes.data() + setup.source, kind.source_side, thread);
        draw_nodes(memory.nodes, samples, setup, thread);
        if (setup.pen_px > 0) make_pen(memory.pen, setup.pen_px, thread);
    });
    if (kind.nodes > 0)
        for_all([&](Thread thread) { spread_nodes(memory.rows, memory.nodes, taps, kind.nodes, side, thread); });
    for_all([&](Thread thread) {
        warp_source(memory.canvas, memory.spare, kind.source_side, side, setup.map, memory.rows, kind.nodes, taps,
                    thread);
    });

    std::uint8_t *picture = memory.canvas, *other = memory.spare;
    const auto swap = [&] {
        std::uint8_t* const was = picture;
        picture = other;
        other = was;
    };
    const float distance = fminf(fabsf(setup.edge_px), training::kMostStroke_px);
    for (int step = 0; static_cast<float>(step) < distance; ++step) {
        const float share = std::min(distance - static_cast<float>(step), 1.0f);
        const auto share_256 = static_cast<std::uint32_t>(lroundf(256 * share));
        for_all([&](Thread thread) { move_edges(other, picture, side, setup.edge_px > 0, share_256, thread); });
        swap();
    }

    if (kind.framed) {
        const std::uint8_t* pen = setup.pen_px > 0 ? memory.pen : nullptr;
        for_all([&](Thread thread) { find_ink(*memory.sums, picture, side, pen, thread); });
        const InkBox box = box_of(*memory.sums, setup.place);
        if (box.w > 0) {
            for_all([&](Thread thread) { make_taps(memory.axes, box, thread); });
            for_all([&](Thread thread) { resize_along_y(memory.lines, picture, side, box, memory.axes[1], thread); });
            for_all([&](Thread thread) {
                resize_along_x(other, *memory.sums, memory.lines, side, box, memory.axes[0], thread);
            });
        }
        for_all([&](Thread thread) { place_in_tile(picture, other, box, *memory.sums, setup.place, thread); });
    }

    if (setup.look.blur > 0) {
        const auto weight = static_cast<std::uint32_t>(setup.look.blur);
        for_all([&](Thread thread) { blur_across(other, picture, weight, thread); });
        swap();
    }
    for_all([&](Thread thread) { finish_tile(tile, picture, samples, kind, setup.look, thread); });
}

}  // namespace chiffre::cuda
