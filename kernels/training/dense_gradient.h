// dense_gradient.h -- gradients of all parameters from what the rounds of a batch left in global memory. Each block of
// the grid owns some parameters and adds up the whole batch for them, so that it can update them on the spot: on
// one GPU no gradient of the dense layers, 96 % of all parameters, is ever written.
//
// A dense layer's gradient is the product dy(batch, out)^T x(batch, in). A cell is 4 x 4 of its weights; a tile is a
// rectangle of cells that one block takes, small enough that all tiles are done in one go on 132 multiprocessors. A
// thread adds up a slice of the batch for a cell, 16 multiply-adds for two reads of 16 bytes; then the slices are
// added.
#pragma once

#include <cstddef>

#include "round.h"

namespace chiffre::cuda {

// Where a layer's factors stand in a DenseRecord, and how its cells are divided into tiles.
struct DenseGradientLayout {
    int layer;
    std::size_t x, dy;      // bytes from the beginning of a record
    int tile_out, tile_in;  // cells of a tile
    constexpr int cells_out() const { return (kLayers[layer].out.c + 3) / 4; }
    constexpr int cells_in() const { return kLayers[layer].in.size() / 4; }
    constexpr int tiles_in() const { return cells_in() / tile_in; }
    constexpr int tiles() const { return cells_out() / tile_out * tiles_in(); }
    constexpr bool divides() const { return cells_out() % tile_out == 0 && cells_in() % tile_in == 0; }
};

inline constexpr DenseGradientLayout kDenseLayouts[] = {
    {kC5, offsetof(DenseRecord, s4), offsetof(DenseRecord, dc5), 6, 5},
    {kF6, offsetof(DenseRecord, c5), offsetof(DenseRecord, df6), 7, 5},
    {kOutput, offsetof(DenseRecord, f6), offsetof(DenseRecord, doutput), 3, 7},
};
static_assert(kDenseLayouts[0].divides() && kDenseLayouts[1].divides() && kDenseLayouts[2].divides());
inline constexpr int kDenseTiles = kDenseLayouts[0].tiles() + kDenseLayouts[1].tiles() + kDenseLayouts[2].tiles();

// The convolutions' parameters, in pieces.
inline constexpr int kPiece = 256;
inline constexpr int kConvolutionPieces = (kConvolutionParameters + kPiece - 1) / kPiece;
inline constexpr int kGradientTasks = kDenseTiles + kConvolutionPieces;

// Threads that a task can use, and the floats that they need to put their sums together.
inline constexpr int kTaskThreads = 512;
inline constexpr int kTaskScratch = kTaskThreads * 16 + kTaskThreads * 4;

// sink(parameter, gradient) for every weight and bias of a tile.
template <int kLayout, typename Block, typename Sink>
CHIFFRE_HOST_DEVICE void dense_gradient(Block& block, const DenseRecord* records, int batch, int tile, float* scratch,
                                        const Sink& sink) {
    constexpr DenseGradientLayout kIt = kDenseLayouts[kLayout];
    constexpr int kLayer = kIt.layer, kIn = kLayers[kLayer].in.size(), kOut = kLayers[kLayer].out.c;
    constexpr int kCells = kIt.tile_out * kIt.tile_in, kSlices = kTaskThreads / kCells;
    const int first_out = tile / kIt.tiles_in() * kIt.tile_out * 4, first_in = tile % kIt.tiles_in() * kIt.tile_in * 4;
    float* bias_scratch = scratch + kSlices * kCells * 16;
    const bool has_biases = first_in == 0;  // the tile adds up dy itself too

    block.each(kCells * kSlices, [&](int item) {
        const int cell = item % kCells, slice = item / kCells;
        const int out = cell / kIt.tile_in, in = cell % kIt.tile_in;
        const char* dy = reinterpret_cast<const char*>(records) + kIt.dy + sizeof(float) * (first_out + 4 * out);
        const char* x = reinterpret_cast<const char*>(records) + kIt.x + sizeof(float) * (first_in + 4 * in);
        float sum[4][4] = {};
        Values<4> bias{};
        CHIFFRE_UNROLL_BY(8)
        for (int image = slice; image < batch; image += kSlices) {
            const auto d = *reinterpret_cast<const Values<4>*>(dy + sizeof(DenseRecord) * image);
            const auto y = *reinterpret_cast<const Values<4>*>(x + sizeof(DenseRecord) * image);
            CHIFFRE_UNROLL
            for (int o = 0; o < 4; ++o) {
                bias.of[o] += d.of[o];
                CHIFFRE_UNROLL
                for (int i = 0; i < 4; ++i) sum[o][i] += d.of[o] * y.of[i];
            }
        }
        for (int o = 0; o < 4; ++o)
            reinterpret_cast<Values<4>*>(scratch)[item * 4 + o] = {{sum[o][0], sum[o][1], sum[o][2], sum[o][3]}};
        if (has_biases && in == 0) reinterpret_cast<Values<4>*>(bias_scratch)[slice * kIt.tile_out + out] = bias;
    });

    constexpr int kBiases = kIt.tile_out * 4;
    block.each(kCells * 16 + (has_biases ? kBiases : 0), [&](int item) {
        if (item >= kCells * 16) {
            const int o = item - kCells * 16;
            float sum = 0;
            for (int slice = 0; slice < kSlices; ++slice) sum += bias_scratch[slice * kBiases + o];
            if (first_out + o < kOut) sink(bias_offset(kLayer) + first_out + o, sum);
            return;
        }
        // Neighbouring threads take neighbouring inputs: they update neighbouring parameters.
        constexpr int kWidth = kIt.tile_in * 4;
        const int i = item % kWidth, o = item / kWidth;
        const int cell = o / 4 * kIt.tile_in + i / 4;
        float sum = 0;
        for (int slice = 0; slice < kSlices; ++slice) sum += scratch[((slice * kCells + cell) * 4 + o % 4) * 4 + i % 4];
        if (first_out + o < kOut) sink(weight_offset(kLayer) + (first_out + o) * kIn + first_in + i, sum);
    });
}

// parts(part, parameter): the convolutions' gradients of the blocks that had rounds.
template <typename Block, typename Sink>
CHIFFRE_HOST_DEVICE void convolution_gradient(Block& block, const float* parts, int count, int piece, float* scratch,
                                              const Sink& sink) {
    constexpr int kSlices = kTaskThreads / kPiece;
    block.each(kTaskThreads, [&](int item) {
        const int parameter = piece * kPiece + item % kPiece;
        if (parameter >= kConvolutionParameters) return;
        float sum = 0;
        CHIFFRE_UNROLL_BY(8)
        for (int part = item / kPiece; part < count; part += kSlices)
            sum += parts[part * kConvolutionParameters + parameter];
        scratch[item] = sum;
    });
    block.each(kPiece, [&](int item) {
        const int parameter = piece * kPiece + item;
        if (parameter >= kConvolutionParameters) return;
        float sum = 0;
        for (int slice = 0; slice < kSlices; ++slice) sum += scratch[slice * kPiece + item];
        sink(parameter, sum);
    });
}

// Task 0 .. kGradientTasks - 1; together they give every parameter's gradient once.
template <typename Block, typename Sink>
CHIFFRE_HOST_DEVICE void gradient_task(Block& block, int task, const DenseRecord* records, int batch,
                                       const float* parts, int count, float* scratch, const Sink& sink) {
    constexpr int kF6First = kDenseLayouts[0].tiles(), kOutputFirst = kF6First + kDenseLayouts[1].tiles();
    if (task < kF6First)
        dense_gradient<0>(block, records, batch, task, scratch, sink);
    else if (task < kOutputFirst)
        dense_gradient<1>(block, records, batch, task - kF6First, scratch, sink);
    else if (task < kDenseTiles)
        dense_gradient<2>(block, records, batch, task - kOutputFirst, scratch, sink);
    else
        convolution_gradient(block, parts, count, task - kDenseTiles, scratch, sink);
}

}  // namespace chiffre::cuda
