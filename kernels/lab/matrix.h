// matrix.h -- addition and multiplication of matrices on a GPU, the textbook's ways: what a grid of threads is, and
// what its shape costs. All matrices are row-major, in the GPU's memory; all launches are asynchronous; all throw
// CudaError.
#pragma once

#include <array>
#include <string_view>

struct CUstream_st;

namespace chiffre::cuda {

// How the elements of a matrix are given to threads. Threads step over what a grid does not reach.
enum class GridShape { one_block, rows_as_blocks, blocks_8x8, blocks_16x16, blocks_32x32 };
inline constexpr std::array kGridShapes{GridShape::one_block, GridShape::rows_as_blocks, GridShape::blocks_8x8,
                                        GridShape::blocks_16x16, GridShape::blocks_32x32};
std::string_view grid_shape_name(GridShape shape);

// c = a + b, all (rows, cols). One thread per element.
void matrix_add(float* c, const float* a, const float* b, int rows, int cols, GridShape shape, CUstream_st* stream);

// c (n, n) = a (n, p) b (p, n). One thread per element of c, factors straight from global memory.
void matrix_multiply(float* c, const float* a, const float* b, int n, int p, GridShape shape, CUstream_st* stream);

// The same through shared memory: a block of side x side threads loads a tile of each factor, and every value is then
// used `side` times. side: 8, 16 or 32, else std::invalid_argument.
void matrix_multiply_tiled(float* c, const float* a, const float* b, int n, int p, int side, CUstream_st* stream);

}  // namespace chiffre::cuda
