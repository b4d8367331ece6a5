// layers.h -- LeNet-5's layers on the GPU, one kernel each: what training is made of, and the readable measure of the
// fused kernels of forward.h. The functions of src/cpu/layers.h bear the same names and compute the same on the CPU.
//
// All of them: values are float, stored (n, c, h, w), n the number of images; pointers are to memory of the current
// device; y does not overlap the inputs unless said; nothing is allocated, the launch is asynchronous in `stream`. A
// result does not depend on n or on the block shape. Throw CudaError where the launch fails, std::invalid_argument
// where a kernel is not made for the shape.
#pragma once

#include <cstdint>

#include "lenet5.h"

struct CUstream_st;

namespace chiffre::cuda {

// Threads of a block, x * y of them: at most 1,024.
struct BlockShape {
    int x = 0, y = 0;
};

// How many threads a multiprocessor of the current device holds at a time, by registers, shared memory and its own
// limit. 0 threads: not one block fits, a launch would fail.
struct Occupancy {
    int threads = 0;
    int limit = 1;
};

// x(n, 1, 32, 32) = what the network sees of tiles(n, 32, 32): b * kInputScale + kInputBias. Both aligned to 16 bytes.
void tile_forward(float* x, const std::uint8_t* tiles, std::int64_t n, CUstream_st* stream);

// y(n, oc, h-4, w-4) = bias(oc) + the correlation of x(n, c, h, w) with weights(oc, c, 5, 5); no tanh. Shapes are those
// of `layer`, whose k is 5 and which has at least 5 output rows. block.x threads share an image, block.y images a
// block.
void convolution_forward(float* y, const float* x, const float* weights, const float* bias, std::int64_t n,
                         const Layer& layer, BlockShape block, CUstream_st* stream);
BlockShape convolution_block(const Layer& layer);  // the default
Occupancy convolution_occupancy(const Layer& layer, BlockShape block);

// y(n, c, h, w) = mean of each 2x2 window of x(n, c, 2h, 2w). Blocks lie on the matrix of all output rows of the batch:
// block.x columns, block.y rows. x aligned to 8 bytes.
void pool_forward(float* y, const float* x, std::int64_t n, const Layer& layer, BlockShape block, CUstream_st* stream);
BlockShape pool_block(const Layer& layer);
Occupancy pool_occupancy(const Layer& layer, BlockShape block);

// y(n, out) = x(n, in) W^T + bias, weights(out, in).
void dense_forward(float* y, const float* x, const float* weights, const float* bias, std::int64_t n,
                   const Layer& layer, CUstream_st* stream);

// y(i) = tanh(x(i)), i < count. y may be x.
void tanh_forward(float* y, const float* x, std::int64_t count, CUstream_st* stream);

// p(n, classes) = softmax of each row of logits(n, classes): exp(z - max) / sum. p may be logits.
void softmax_forward(float* p, const float* logits, std::int64_t n, int classes, CUstream_st* stream);

}  // namespace chiffre::cuda
