// dense.cu -- a fully connected layer: the product of the activations, n rows, with the transposed weights.
//
// A block computes 128 rows times 16 * kPerThread outputs, from slices of both factors in shared memory; a thread holds
// 8 rows times kPerThread outputs in registers, so that a slice's value, once read, serves 8 or kPerThread
// multiply-adds. The sum of an output runs over the inputs in order, whatever n is.
#include <stdexcept>

#include "device.cuh"
#include "layers.h"

namespace chiffre::cuda {

static constexpr int kSide = 16;          // threads: kSide x kSide
static constexpr int kRowsPerThread = 8;  // images
static constexpr int kRows = kSide * kRowsPerThread;
static constexpr int kDepth = 16;   // inputs in a slice
static constexpr int kPadding = 4;  // floats: rows of a slice begin in different banks, still aligned to 16 bytes

// Slice of matrix(rows, columns) from (first_row, first_column), transposed; zero outside.
template <int kCount>
static __device__ void stage_slice(float (&slice)[kDepth][kCount + kPadding], const float* matrix, std::int64_t rows,
                                   int columns, std::int64_t first_row, int first_column) {
    const int column = threadIdx.x;  // kSide == kDepth: a row of threads reads neighbouring addresses
#pragma unroll
    for (int row = threadIdx.y; row < kCount; row += kSide) {
        const bool inside = first_row + row < rows && first_column + column < columns;
        slice[column][row] = inside ? matrix[(first_row + row) * columns + first_column + column] : 0.0f;
    }
}

template <int kPerThread>
static __global__ void __launch_bounds__(kSide* kSide)
    dense_forward_kernel(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ weights,
                         const float* __restrict__ bias, std::int64_t n, int in, int out) {
    static_assert(kSide == kDepth);
    __shared__ __align__(16) float x_slice[kDepth][kRows + kPadding];
    __shared__ __align__(16) float w_slice[kDepth][kSide * kPerThread + kPadding];
    const std::int64_t first_row = static_cast<std::int64_t>(blockIdx.x) * kRows;
    const int first_output = static_cast<int>(blockIdx.y) * kSide * kPerThread;

    float sum[kRowsPerThread][kPerThread] = {};
    for (int first = 0; first < in; first += kDepth) {
        stage_slice<kRows>(x_slice, x, n, in, first_row, first);
        stage_slice<kSide * kPerThread>(w_slice, weights, out, in, first_output, first);
        __syncthreads();
#pragma unroll
        for (int i = 0; i < kDepth; ++i) {
            float row[kRowsPerThread], weight[kPerThread];
#pragma unroll
            for (int r = 0; r < kRowsPerThread; ++r) row[r] = x_slice[i][threadIdx.y * kRowsPerThread + r];
#pragma unroll
            for (int o = 0; o < kPerThread; ++o) weight[o] = w_slice[i][threadIdx.x + o * kSide];
#pragma unroll
            for (int r = 0; r < kRowsPerThread; ++r)
#pragma unroll
                for (int o = 0; o < kPerThread; ++o) sum[r][o] += row[r] * weight[o];
        }
        __syncthreads();
    }

#pragma unroll
    for (int o = 0; o < kPerThread; ++o) {
        const int output = first_output + threadIdx.x + o * kSide;
        if (output >= out) break;
        const float b = bias[output];
#pragma unroll
        for (int r = 0; r < kRowsPerThread; ++r) {
            const std::int64_t image = first_row + threadIdx.y * kRowsPerThread + r;
            if (image < n) y[image * out + output] = sum[r][o] + b;
        }
    }
}

template <int kPerThread>
static void launch(float* y, const float* x, const float* weights, const float* bias, std::int64_t n, int in, int out,
                   CUstream_st* stream) {
    const dim3 grid(static_cast<unsigned>(ceil_div<std::int64_t>(n, kRows)),
                    static_cast<unsigned>(ceil_div(out, kSide * kPerThread)));
    dense_forward_kernel<kPerThread><<<grid, dim3(kSide, kSide), 0, stream>>>(y, x, weights, bias, n, in, out);
    CUDA_CHECK(cudaGetLastError());
}

// The widest block that the outputs fill: 128 for C5's 120, 96 for F6's 84, 16 for the ten of the output.
void dense_forward(float* y, const float* x, const float* weights, const float* bias, std::int64_t n,
                   const Layer& layer, CUstream_st* stream) {
    if (n <= 0) return;
    const int in = layer.in.size(), out = layer.out.size();
    if (out > 6 * kSide) return launch<8>(y, x, weights, bias, n, in, out, stream);
    if (out > kSide) return launch<6>(y, x, weights, bias, n, in, out, stream);
    launch<1>(y, x, weights, bias, n, in, out, stream);
}

}  // namespace chiffre::cuda
