// network.cpp -- LeNet-5 forward and backward on one group of images, one image per SIMD lane: every value below is a
// vector over the group, so the code is the plain definition of each layer, blocked for registers. Compiled once per
// instruction set (CHIFFRE_ISA, CHIFFRE_LANES); an image's result does not depend on its neighbours in the group.
//
// Convolutions work on one 2x2 pooling window and kBlock output channels at a time: 4 * kBlock sums stay in registers,
// each weight is read once for four outputs and each input once for kBlock.
#include "kernels.h"
#include "lanes.h"
#include "tile.h"

namespace chiffre::cpu {
namespace {

// Registers hold the sums: 32 of them with AVX-512, else 16 or fewer.
constexpr bool kManyRegisters = kLanes >= 16;

constexpr const Layer& layer(int i) {
    return kLayers[static_cast<std::size_t>(i)];
}

// Output channels per block; each divides the layer's channels.
template <int L>
constexpr int kBlock = layer(L).kind == LayerKind::convolution
                           ? (L == kC1 ? (kManyRegisters ? 6 : 3) : (kManyRegisters ? 4 : 2))
                           : (L == kOutput ? 10 : 12);

// --- parameters in reading order ---------------------------------------------------------------------------------

// (out, in) -> (out block, in, out in block); biases stay behind the weights.
template <int L>
void pack_layer(float* packed, const float* weights) {
    constexpr Layer l = layer(L);
    constexpr int inputs = l.weights_per_output(), block = kBlock<L>;
    const float* w = weights + weight_offset(L);
    float* out = packed + weight_offset(L);
    for (int b = 0; b < l.out.c; b += block)
        for (int i = 0; i < inputs; ++i)
            for (int o = 0; o < block; ++o) *out++ = w[(b + o) * inputs + i];
    for (int o = 0; o < l.out.c; ++o) packed[bias_offset(L) + o] = weights[bias_offset(L) + o];
}

void pack_forward(float* packed, const float* weights) {
    pack_layer<kC1>(packed, weights);
    pack_layer<kC3>(packed, weights);
    pack_layer<kC5>(packed, weights);
    pack_layer<kF6>(packed, weights);
    pack_layer<kOutput>(packed, weights);
}

// --- forward -----------------------------------------------------------------------------------------------------

// Tiles to lanes: x(pixel)[lane] = tile[lane](pixel), scaled. Lanes without a tile see paper.
void load_tiles(Lanes* x, const std::uint8_t* tiles, int n) {
    static const std::uint8_t empty[kTileBytes] = {};
    const std::uint8_t* tile[kLanes];
    for (int i = 0; i < kLanes; ++i) tile[i] = i < n ? tiles + i * kTileBytes : empty;
    for (int p = 0; p < kTileBytes; ++p) {
        LaneInts bytes;
        for (int i = 0; i < kLanes; ++i) bytes[i] = tile[i][p];
        x[p] = __builtin_convertvector(bytes, Lanes) * kInputScale + kInputBias;
    }
}

// y = tanh(convolution of x), pooled = mean of each 2x2 window of y. One window of Block channels.
template <int L, int Block>
inline void window(Lanes* y, Lanes* pooled, const Lanes* x, const float* w, const float* bias) {
    constexpr Layer l = layer(L);
    constexpr int width = l.in.w, plane = l.in.h * l.in.w;
    Lanes sum[Block][4];
    for (int o = 0; o < Block; ++o)
        for (int j = 0; j < 4; ++j) sum[o][j] = splat(bias[o]);
    for (int c = 0; c < l.in.c; ++c)
        for (int ky = 0; ky < l.k; ++ky) {
            const Lanes* top = x + c * plane + ky * width;
            const Lanes* bottom = top + width;
#pragma GCC unroll 5
            for (int kx = 0; kx < l.k; ++kx, w += Block) {
#pragma GCC unroll 8
                for (int o = 0; o < Block; ++o) {
                    sum[o][0] += w[o] * top[kx];
                    sum[o][1] += w[o] * top[kx + 1];
                    sum[o][2] += w[o] * bottom[kx];
                    sum[o][3] += w[o] * bottom[kx + 1];
                }
            }
        }
    for (int o = 0; o < Block; ++o) {
        Lanes* out = y + o * l.out.h * l.out.w;
        out[0] = tanh(sum[o][0]);
        out[1] = tanh(sum[o][1]);
        out[l.out.w] = tanh(sum[o][2]);
        out[l.out.w + 1] = tanh(sum[o][3]);
        pooled[o * (l.out.h / 2) * (l.out.w / 2)] = 0.25f * ((out[0] + out[1]) + (out[l.out.w] + out[l.out.w + 1]));
    }
}

template <int L>
void convolve_and_pool(Lanes* y, Lanes* pooled, const Lanes* x, const float* packed) {
    constexpr Layer l = layer(L);
    constexpr int block = kBlock<L>, rows = l.out.h / 2, columns = l.out.w / 2;
    const float* bias = packed + bias_offset(L);
    for (int py = 0; py < rows; ++py)
        for (int px = 0; px < columns; ++px)
            for (int b = 0; b < l.out.c; b += block)
                window<L, block>(y + (b * l.out.h + 2 * py) * l.out.w + 2 * px, pooled + (b * rows + py) * columns + px,
                                 x + 2 * py * l.in.w + 2 * px, packed + weight_offset(L) + b * l.weights_per_output(),
                                 bias + b);
}

// y(outputs) = W x + b, with tanh where the layer has one.
template <int L>
void dense(Lanes* y, const Lanes* x, const float* packed) {
    constexpr Layer l = layer(L);
    constexpr int inputs = l.in.size(), block = kBlock<L>;
    const float* w = packed + weight_offset(L);
    const float* bias = packed + bias_offset(L);
    for (int b = 0; b < l.out.c; b += block) {
        Lanes sum[block];
        for (int o = 0; o < block; ++o) sum[o] = splat(bias[b + o]);
        for (int i = 0; i < inputs; ++i, w += block) {
#pragma GCC unroll 16
            for (int o = 0; o < block; ++o) sum[o] += w[o] * x[i];
        }
        for (int o = 0; o < block; ++o) y[b + o] = l.tanh ? tanh(sum[o]) : sum[o];
    }
}

void forward(const float* packed, const std::uint8_t* tiles, int n, float* activations, float* logits) {
    Lanes* a = as_lanes(activations);
    Lanes* x = a + activation_offset(kC1);
    Lanes* c1 = a + activation_offset(kS2);
    Lanes* s2 = a + activation_offset(kC3);
    Lanes* c3 = a + activation_offset(kS4);
    Lanes* s4 = a + activation_offset(kC5);
    Lanes* c5 = a + activation_offset(kF6);
    Lanes* f6 = a + activation_offset(kOutput);
    Lanes scores[kClasses];
    load_tiles(x, tiles, n);
    convolve_and_pool<kC1>(c1, s2, x, packed);
    convolve_and_pool<kC3>(c3, s4, s2, packed);
    dense<kC5>(c5, s4, packed);
    dense<kF6>(f6, c5, packed);
    dense<kOutput>(scores, f6, packed);
    for (int i = 0; i < n; ++i)
        for (int k = 0; k < kClasses; ++k) logits[i * kClasses + k] = scores[k][i];
}

// --- backward ----------------------------------------------------------------------------------------------------
// dz is the gradient of a layer's sum, before tanh: dz = dy * (1 - y^2).

// (out, in) -> (in block, out, in in block) for the dense layers, so that dx = W' dz runs as `dense` does; C3 as
// (in block, out, flipped ky, kx, in in block), so that its dx is a convolution of dz with a zero border.
constexpr int kBackBlock = kManyRegisters ? 6 : 2;  // C3's inputs per block: they are S2's 6 maps
constexpr int kBackDense = 12;                      // divides 120 and 84; C5's 400 inputs take blocks of 10

template <int L>
constexpr int kBackDenseBlock = L == kC5 ? 10 : kBackDense;

template <int L>
void pack_back_dense(float* packed, const float* weights) {
    constexpr Layer l = layer(L);
    constexpr int inputs = l.in.size(), block = kBackDenseBlock<L>;
    const float* w = weights + weight_offset(L);
    float* out = packed + weight_offset(L);
    for (int b = 0; b < inputs; b += block)
        for (int o = 0; o < l.out.c; ++o)
            for (int i = 0; i < block; ++i) *out++ = w[o * inputs + b + i];
}

void pack_backward(float* packed, const float* weights) {
    constexpr Layer l = layer(kC3);
    constexpr int taps = l.k * l.k;
    const float* w = weights + weight_offset(kC3);
    float* out = packed + weight_offset(kC3);
    for (int b = 0; b < l.in.c; b += kBackBlock)
        for (int o = 0; o < l.out.c; ++o)
            for (int t = 0; t < taps; ++t)
                for (int i = 0; i < kBackBlock; ++i) *out++ = w[(o * l.in.c + b + i) * taps + taps - 1 - t];
    pack_back_dense<kC5>(packed, weights);
    pack_back_dense<kF6>(packed, weights);
    pack_back_dense<kOutput>(packed, weights);
}

// Gradients of a dense layer's parameters. Features run along the lanes here: x is transposed to one row per image, so
// that a row of dW is a few vectors and no sum across lanes is needed.
template <int L>
void dense_backward_weights(float* gradient, const Lanes* dz, const float* rows, int n) {
    constexpr Layer l = layer(L);
    constexpr int inputs = l.in.size(), vectors = inputs / kLanes, rest = inputs % kLanes;
    float* dw = gradient + weight_offset(L);
    const float* d = reinterpret_cast<const float*>(dz);
    for (int o = 0; o < l.out.c; ++o) {
        float bias = 0;
        for (int image = 0; image < n; ++image) bias += d[o * kLanes + image];
        gradient[bias_offset(L) + o] += bias;
    }
    constexpr int outs = 2, width = kManyRegisters ? 6 : 3;  // sums in registers: outs * width
    typedef float Unaligned __attribute__((vector_size(kLanes * sizeof(float)), may_alias, aligned(4)));
    for (int o = 0; o < l.out.c; o += outs) {
        for (int v = 0; v < vectors; v += width) {
            const int w = vectors - v < width ? vectors - v : width;
            Lanes sum[outs][width] = {};
            for (int image = 0; image < n; ++image) {
                const float d0 = d[o * kLanes + image], d1 = d[(o + 1) * kLanes + image];
                const float* row = rows + image * inputs + v * kLanes;
                for (int j = 0; j < w; ++j) {
                    const Lanes x = *reinterpret_cast<const Unaligned*>(row + j * kLanes);
                    sum[0][j] += d0 * x;
                    sum[1][j] += d1 * x;
                }
            }
            for (int r = 0; r < outs; ++r)
                for (int j = 0; j < w; ++j)
                    *reinterpret_cast<Unaligned*>(dw + (o + r) * inputs + (v + j) * kLanes) += sum[r][j];
        }
        for (int i = inputs - rest; i < inputs; ++i)
            for (int r = 0; r < outs; ++r) {
                float total = 0;
                for (int image = 0; image < n; ++image) total += d[(o + r) * kLanes + image] * rows[image * inputs + i];
                dw[(o + r) * inputs + i] += total;
            }
    }
}

// rows(image, feature) = x(feature)[image]
void transpose(float* rows, const Lanes* x, int features, int n) {
    const float* in = reinterpret_cast<const float*>(x);
    for (int image = 0; image < n; ++image)
        for (int f = 0; f < features; ++f) rows[image * features + f] = in[f * kLanes + image];
}

// dx = W' dz
template <int L>
void dense_backward_input(Lanes* dx, const Lanes* dz, const float* packed) {
    constexpr Layer l = layer(L);
    constexpr int block = kBackDenseBlock<L>;
    const float* w = packed + weight_offset(L);
    for (int b = 0; b < l.in.size(); b += block) {
        Lanes sum[block] = {};
        for (int o = 0; o < l.out.c; ++o, w += block) {
#pragma GCC unroll 16
            for (int i = 0; i < block; ++i) sum[i] += w[i] * dz[o];
        }
        for (int i = 0; i < block; ++i) dx[b + i] = sum[i];
    }
}

void tanh_backward(Lanes* dz, const Lanes* y, int features) {
    for (int i = 0; i < features; ++i) dz[i] *= 1.0f - y[i] * y[i];
}

// dz of a convolution from the gradient of its pooled output: each of the four pixels gets a quarter. dz has a border
// of `border` zeros around each map.
template <int L>
void pool_and_tanh_backward(Lanes* dz, const Lanes* dpooled, const Lanes* y, int border) {
    constexpr Layer l = layer(L);
    const int width = l.out.w + 2 * border, plane = (l.out.h + 2 * border) * width;
    for (int i = 0; i < l.out.c * plane; ++i) dz[i] = Lanes{};
    for (int c = 0; c < l.out.c; ++c)
        for (int v = 0; v < l.out.h; ++v)
            for (int u = 0; u < l.out.w; ++u) {
                const Lanes value = y[(c * l.out.h + v) * l.out.w + u];
                const Lanes up = dpooled[(c * (l.out.h / 2) + v / 2) * (l.out.w / 2) + u / 2];
                dz[c * plane + (v + border) * width + u + border] = 0.25f * up * (1.0f - value * value);
            }
}

// Gradients of a convolution's parameters: one kernel row of kOut output channels at a time in registers.
template <int L>
void convolution_backward_weights(float* gradient, const Lanes* dz, const Lanes* x, int border) {
    constexpr Layer l = layer(L);
    constexpr int outs = kManyRegisters ? (L == kC1 ? 3 : 4) : 2;
    const int width = l.out.w + 2 * border, plane = (l.out.h + 2 * border) * width;
    const Lanes* inside = dz + border * width + border;
    for (int b = 0; b < l.out.c; b += outs) {
        for (int o = b; o < b + outs; ++o) {
            Lanes bias = {};
            for (int v = 0; v < l.out.h; ++v)
                for (int u = 0; u < l.out.w; ++u) bias += inside[o * plane + v * width + u];
            gradient[bias_offset(L) + o] += sum(bias);
        }
        for (int c = 0; c < l.in.c; ++c)
            for (int ky = 0; ky < l.k; ++ky) {
                Lanes total[outs][l.k] = {};
                for (int v = 0; v < l.out.h; ++v) {
                    const Lanes* row = x + (c * l.in.h + v + ky) * l.in.w;
                    const Lanes* d = inside + b * plane + v * width;
                    for (int u = 0; u < l.out.w; ++u)
#pragma GCC unroll 4
                        for (int o = 0; o < outs; ++o)
#pragma GCC unroll 5
                            for (int kx = 0; kx < l.k; ++kx) total[o][kx] += d[o * plane + u] * row[u + kx];
                }
                for (int o = 0; o < outs; ++o)
                    for (int kx = 0; kx < l.k; ++kx)
                        gradient[weight_offset(L) + (((b + o) * l.in.c + c) * l.k + ky) * l.k + kx] +=
                            sum(total[o][kx]);
            }
    }
}

// dx of C3: its dz with a border of 4 zeros, convolved with the flipped kernels, a 2x2 window at a time.
void c3_backward_input(Lanes* dx, const Lanes* dz, const float* packed) {
    constexpr Layer l = layer(kC3);
    constexpr int width = l.out.w + 2 * (l.k - 1), plane = (l.out.h + 2 * (l.k - 1)) * width;
    for (int v = 0; v < l.in.h; v += 2)
        for (int u = 0; u < l.in.w; u += 2) {
            const float* w = packed + weight_offset(kC3);
            for (int b = 0; b < l.in.c; b += kBackBlock) {
                Lanes sum[kBackBlock][4] = {};
                for (int o = 0; o < l.out.c; ++o)
                    for (int ky = 0; ky < l.k; ++ky) {
                        const Lanes* top = dz + o * plane + (v + ky) * width + u;
                        const Lanes* bottom = top + width;
#pragma GCC unroll 5
                        for (int kx = 0; kx < l.k; ++kx, w += kBackBlock) {
#pragma GCC unroll 8
                            for (int i = 0; i < kBackBlock; ++i) {
                                sum[i][0] += w[i] * top[kx];
                                sum[i][1] += w[i] * top[kx + 1];
                                sum[i][2] += w[i] * bottom[kx];
                                sum[i][3] += w[i] * bottom[kx + 1];
                            }
                        }
                    }
                for (int i = 0; i < kBackBlock; ++i) {
                    Lanes* out = dx + ((b + i) * l.in.h + v) * l.in.w + u;
                    out[0] = sum[i][0];
                    out[1] = sum[i][1];
                    out[l.in.w] = sum[i][2];
                    out[l.in.w + 1] = sum[i][3];
                }
            }
        }
}

void backward(const float* packed, const float* activations, const float* dlogits, int n, float* gradient,
              float* scratch) {
    const Lanes* a = as_lanes(activations);
    const Lanes* x = a + activation_offset(kC1);
    const Lanes* c1 = a + activation_offset(kS2);
    const Lanes* s2 = a + activation_offset(kC3);
    const Lanes* c3 = a + activation_offset(kS4);
    const Lanes* s4 = a + activation_offset(kC5);
    const Lanes* c5 = a + activation_offset(kF6);
    const Lanes* f6 = a + activation_offset(kOutput);
    // Scratch: the gradient of each activation in its place, then a transposed copy, then C3's dz with its border.
    Lanes* d = as_lanes(scratch);
    Lanes* dz_c1 = d + activation_offset(kS2);
    Lanes* ds2 = d + activation_offset(kC3);
    Lanes* ds4 = d + activation_offset(kC5);
    Lanes* dc5 = d + activation_offset(kF6);
    Lanes* df6 = d + activation_offset(kOutput);
    float* rows = scratch + kActivations * kLanes;
    Lanes* dz_c3 = as_lanes(scratch + 2 * kActivations * kLanes);

    Lanes dz[kClasses] = {};
    for (int i = 0; i < n; ++i)
        for (int k = 0; k < kClasses; ++k) dz[k][i] = dlogits[i * kClasses + k];

    transpose(rows, f6, layer(kOutput).in.size(), n);
    dense_backward_weights<kOutput>(gradient, dz, rows, n);
    dense_backward_input<kOutput>(df6, dz, packed);
    tanh_backward(df6, f6, layer(kF6).out.size());

    transpose(rows, c5, layer(kF6).in.size(), n);
    dense_backward_weights<kF6>(gradient, df6, rows, n);
    dense_backward_input<kF6>(dc5, df6, packed);
    tanh_backward(dc5, c5, layer(kC5).out.size());

    transpose(rows, s4, layer(kC5).in.size(), n);
    dense_backward_weights<kC5>(gradient, dc5, rows, n);
    dense_backward_input<kC5>(ds4, dc5, packed);

    pool_and_tanh_backward<kC3>(dz_c3, ds4, c3, layer(kC3).k - 1);
    convolution_backward_weights<kC3>(gradient, dz_c3, s2, layer(kC3).k - 1);
    c3_backward_input(ds2, dz_c3, packed);

    pool_and_tanh_backward<kC1>(dz_c1, ds2, c1, 0);
    convolution_backward_weights<kC1>(gradient, dz_c1, x, 0);
}

}  // namespace

#define CHIFFRE_TEXT(name) #name
#define CHIFFRE_NAME(name) CHIFFRE_TEXT(name)
const Kernels CHIFFRE_TABLE = {CHIFFRE_NAME(CHIFFRE_ISA), kLanes, pack_forward, pack_backward, forward, backward};

}  // namespace chiffre::cpu
