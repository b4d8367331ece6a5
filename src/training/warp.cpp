// warp.cpp -- three loops over the picture: where each pixel comes from, a gather of its four neighbours packed into
// one word, their mean. Only the gather is not vectorized.
#include "warp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "../multiversion.h"

namespace chiffre::training {
namespace {

constexpr int kMaxNodes = 32;
constexpr int kMaxPixels = Warper::kMaxSide * Warper::kMaxSide;

// Standard deviation of a B-spline field whose nodes are uniform in [-1, 1): sqrt(1/3) times the root mean square of
// the cubic B-spline, sqrt(151 / 315), once per axis.
constexpr double kFieldDeviation = 0.57735 * 151.0 / 315.0;

double cubic_b_spline(double t) {
    t = std::abs(t);
    if (t >= 2) return 0;
    if (t >= 1) return (2 - t) * (2 - t) * (2 - t) / 6;
    return 2.0 / 3 - t * t + t * t * t / 2;
}

// rows(nodes, side): the field along x for every row of nodes.
CHIFFRE_MULTIVERSION void spread_nodes(float* __restrict__ rows, const float* __restrict__ nodes,
                                       const float* __restrict__ basis, int n, int side) {
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < n; ++i)
            for (int x = 0; x < side; ++x) rows[j * side + x] += nodes[j * n + i] * basis[i * side + x];
}

// position(side, side) = the affine map plus the field between the rows of nodes.
CHIFFRE_MULTIVERSION void place(float* __restrict__ position, float per_x, float per_y, float start,
                                const float* __restrict__ rows, const float* __restrict__ basis, int n, int side) {
    for (int y = 0; y < side; ++y) {
        float* out = position + y * side;
        for (int x = 0; x < side; ++x) out[x] = per_x * static_cast<float>(x) + per_y * static_cast<float>(y) + start;
        for (int j = 0; j < n; ++j) {
            const float weight = basis[j * side + y];
            if (weight == 0) continue;
            for (int x = 0; x < side; ++x) out[x] += weight * rows[j * side + x];
        }
    }
}

// quads(side + 1, side + 1): pixel, right, lower and lower right neighbour of each pixel from (-1, -1) on, in one word.
CHIFFRE_MULTIVERSION void pack_quads(std::uint32_t* __restrict__ quads, const std::uint8_t* __restrict__ source,
                                     int side) {
    std::array<std::uint8_t, (Warper::kMaxSide + 2) * (Warper::kMaxSide + 2)> padded{};
    const int pitch = side + 2;
    for (int y = 0; y < side; ++y) std::copy_n(source + y * side, side, &padded[(y + 1) * pitch + 1]);
    for (int y = 0; y <= side; ++y) {
        const std::uint8_t* top = &padded[y * pitch];
        const std::uint8_t* bottom = top + pitch;
        std::uint32_t* out = quads + y * (side + 1);
        for (int x = 0; x <= side; ++x)
            out[x] = static_cast<std::uint32_t>(top[x]) | static_cast<std::uint32_t>(top[x + 1]) << 8 |
                     static_cast<std::uint32_t>(bottom[x]) << 16 | static_cast<std::uint32_t>(bottom[x + 1]) << 24;
    }
}

// Splits positions into the index of a quad and the way (0..1) through it; x and y are overwritten.
CHIFFRE_MULTIVERSION void locate(std::int32_t* __restrict__ index, float* __restrict__ x, float* __restrict__ y, int n,
                                 int side) {
    // The last position below `side`, where the weight of the picture is less than half a grey level.
    const float end = static_cast<float>(side) - 1.0f / 1024;
    for (int i = 0; i < n; ++i) {
        const float px = std::min(std::max(x[i], -1.0f), end) + 1, py = std::min(std::max(y[i], -1.0f), end) + 1;
        const auto column = static_cast<std::int32_t>(px), row = static_cast<std::int32_t>(py);
        index[i] = row * (side + 1) + column;
        x[i] = px - static_cast<float>(column);
        y[i] = py - static_cast<float>(row);
    }
}

CHIFFRE_MULTIVERSION void blend(std::uint8_t* __restrict__ out, const std::uint32_t* __restrict__ quads,
                                const float* __restrict__ x, const float* __restrict__ y, int n) {
    for (int i = 0; i < n; ++i) {
        const auto q = static_cast<std::int32_t>(quads[i]);
        const auto p00 = static_cast<float>(q & 255), p01 = static_cast<float>((q >> 8) & 255);
        const auto p10 = static_cast<float>((q >> 16) & 255), p11 = static_cast<float>((q >> 24) & 255);
        const float top = p00 + x[i] * (p01 - p00), bottom = p10 + x[i] * (p11 - p10);
        const float rounded = top + y[i] * (bottom - top) + 0.5f;  // never negative, so cutting off is rounding
        out[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(rounded));
    }
}

}  // namespace

Warper::Warper(const WarpRange& range, int source_side, int side, double magnification)
    : strength_{static_cast<float>(range.rotation_deg * std::numbers::pi / 180), static_cast<float>(range.slant),
                static_cast<float>(range.scale), static_cast<float>(range.shift_px),
                static_cast<float>(range.elastic_px / kFieldDeviation)},
      source_side_(source_side),
      side_(side),
      magnification_(static_cast<float>(magnification)) {
    if (side > kMaxSide || source_side > kMaxSide) throw std::invalid_argument("Warper: side above kMaxSide");
    if (range.elastic_px == 0) return;
    const double spacing = std::max(range.elastic_spacing_px, 2.0) * magnification;
    nodes_ = static_cast<int>(std::ceil((side - 1) / spacing)) + 3;
    if (nodes_ > kMaxNodes) throw std::invalid_argument("Warper: elastic_spacing_px too small");
    basis_.resize(static_cast<std::size_t>(nodes_) * side);
    for (int node = 0; node < nodes_; ++node)
        for (int x = 0; x < side; ++x)
            basis_[node * side + x] = static_cast<float>(cubic_b_spline(x / spacing - (node - 1)));
}

void Warper::warp(Random& random, const std::uint8_t* source, std::uint8_t* out) const {
    const int pixels = side_ * side_;
    const Affine map = draw_affine(random, strength_, source_side_, side_, magnification_);

    std::array<std::array<float, kMaxPixels>, 2> position;
    std::array<float, kMaxNodes * kMaxNodes> nodes;
    std::array<float, kMaxNodes * kMaxSide> rows;
    const std::array<std::array<float, 3>, 2> axes{{{map.a, map.b, map.c}, {map.d, map.e, map.f}}};
    for (int axis = 0; axis < 2; ++axis) {
        for (int i = 0; i < nodes_ * nodes_; ++i) nodes[i] = random.symmetric(strength_.node_px);
        std::fill_n(rows.begin(), nodes_ * side_, 0.0f);
        spread_nodes(rows.data(), nodes.data(), basis_.data(), nodes_, side_);
        place(position[axis].data(), axes[axis][0], axes[axis][1], axes[axis][2], rows.data(), basis_.data(), nodes_,
              side_);
    }

    std::array<std::uint32_t, (kMaxSide + 1) * (kMaxSide + 1)> quads;
    std::array<std::int32_t, kMaxPixels> index;
    std::array<std::uint32_t, kMaxPixels> gathered;
    pack_quads(quads.data(), source, source_side_);
    locate(index.data(), position[0].data(), position[1].data(), pixels, source_side_);
    for (int i = 0; i < pixels; ++i) gathered[i] = quads[index[i]];
    blend(out, gathered.data(), position[0].data(), position[1].data(), pixels);
}

}  // namespace chiffre::training
