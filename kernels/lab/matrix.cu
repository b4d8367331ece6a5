// matrix.cu -- one thread per element, from global memory or through tiles in shared memory.
//
// Multiplying (n, p) by (p, n) is 2 n^2 p operations on 4 (2 n p + n^2) bytes. One thread per element asks for 2 p
// values each: 8 n^2 p bytes, which the caches must serve. Tiles of side s ask global memory for 1/s of that; shared
// memory still serves two values per multiply-add, and binds.
#include <algorithm>
#include <stdexcept>

#include "device.cuh"
#include "matrix.h"

namespace chiffre::cuda {
namespace {

struct Launch {
    dim3 grid, block;
};

Launch launch_of(GridShape shape, int rows, int cols) {
    constexpr int kMostGridRows = 65'535;  // of a grid's y; threads step over the rest
    const auto blocks = [&](int side) {
        return Launch{dim3(ceil_div(cols, side), std::min(ceil_div(rows, side), kMostGridRows)), dim3(side, side)};
    };
    switch (shape) {
        case GridShape::one_block:
            return {dim3(1), dim3(32, 32)};
        case GridShape::rows_as_blocks:
            return {dim3(1, std::min(rows, kMostGridRows)), dim3(256)};
        case GridShape::blocks_8x8:
            return blocks(8);
        case GridShape::blocks_16x16:
            return blocks(16);
        case GridShape::blocks_32x32:
            return blocks(32);
    }
    throw std::invalid_argument("launch_of: no such shape");
}

// Calls work(row, col) for the elements of this thread.
template <typename Work>
__device__ void for_my_elements(int rows, int cols, Work&& work) {
    for (int row = blockIdx.y * blockDim.y + threadIdx.y; row < rows; row += gridDim.y * blockDim.y)
        for (int col = blockIdx.x * blockDim.x + threadIdx.x; col < cols; col += gridDim.x * blockDim.x) work(row, col);
}

__global__ void matrix_add_kernel(float* __restrict__ c, const float* __restrict__ a, const float* __restrict__ b,
                                  int rows, int cols) {
    for_my_elements(rows, cols, [&](int row, int col) {
        const std::size_t i = static_cast<std::size_t>(row) * cols + col;
        c[i] = a[i] + b[i];
    });
}

__global__ void matrix_multiply_kernel(float* __restrict__ c, const float* __restrict__ a, const float* __restrict__ b,
                                       int n, int p) {
    for_my_elements(n, n, [&](int row, int col) {
        const float* a_row = a + static_cast<std::size_t>(row) * p;
        float sum = 0;
        for (int k = 0; k < p; ++k) sum = fmaf(a_row[k], b[static_cast<std::size_t>(k) * n + col], sum);
        c[static_cast<std::size_t>(row) * n + col] = sum;
    });
}

template <int kSide>
__global__ void __launch_bounds__(kSide* kSide)
    matrix_multiply_tiled_kernel(float* __restrict__ c, const float* __restrict__ a, const float* __restrict__ b, int n,
                                 int p) {
    __shared__ float a_tile[kSide][kSide], b_tile[kSide][kSide];
    const int x = threadIdx.x, y = threadIdx.y;
    const int col = blockIdx.x * kSide + x;
    // blockIdx.y counts rows of tiles; n is below 65,535 * kSide wherever a matrix fits into memory.
    const int row = blockIdx.y * kSide + y;
    float sum = 0;
    for (int first = 0; first < p; first += kSide) {
        const bool in_a = row < n && first + x < p, in_b = first + y < p && col < n;
        a_tile[y][x] = in_a ? a[static_cast<std::size_t>(row) * p + first + x] : 0.0f;
        b_tile[y][x] = in_b ? b[static_cast<std::size_t>(first + y) * n + col] : 0.0f;
        __syncthreads();
#pragma unroll
        for (int k = 0; k < kSide; ++k) sum = fmaf(a_tile[y][k], b_tile[k][x], sum);
        __syncthreads();
    }
    if (row < n && col < n) c[static_cast<std::size_t>(row) * n + col] = sum;
}

template <int kSide>
void launch_tiled(float* c, const float* a, const float* b, int n, int p, cudaStream_t stream) {
    const dim3 grid(ceil_div(n, kSide), ceil_div(n, kSide));
    matrix_multiply_tiled_kernel<kSide><<<grid, dim3(kSide, kSide), 0, stream>>>(c, a, b, n, p);
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace

std::string_view grid_shape_name(GridShape shape) {
    switch (shape) {
        case GridShape::one_block:
            return "one block";
        case GridShape::rows_as_blocks:
            return "rows as blocks";
        case GridShape::blocks_8x8:
            return "8x8";
        case GridShape::blocks_16x16:
            return "16x16";
        case GridShape::blocks_32x32:
            return "32x32";
    }
    return "unknown";
}

void matrix_add(float* c, const float* a, const float* b, int rows, int cols, GridShape shape, CUstream_st* stream) {
    const Launch launch = launch_of(shape, rows, cols);
    matrix_add_kernel<<<launch.grid, launch.block, 0, stream>>>(c, a, b, rows, cols);
    CUDA_CHECK(cudaGetLastError());
}

void matrix_multiply(float* c, const float* a, const float* b, int n, int p, GridShape shape, CUstream_st* stream) {
    const Launch launch = launch_of(shape, n, n);
    matrix_multiply_kernel<<<launch.grid, launch.block, 0, stream>>>(c, a, b, n, p);
    CUDA_CHECK(cudaGetLastError());
}

void matrix_multiply_tiled(float* c, const float* a, const float* b, int n, int p, int side, CUstream_st* stream) {
    if (side == 8) return launch_tiled<8>(c, a, b, n, p, stream);
    if (side == 16) return launch_tiled<16>(c, a, b, n, p, stream);
    if (side == 32) return launch_tiled<32>(c, a, b, n, p, stream);
    throw std::invalid_argument("matrix_multiply_tiled: expected a side of 8, 16 or 32");
}

}  // namespace chiffre::cuda
