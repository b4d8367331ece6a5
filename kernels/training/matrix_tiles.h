// matrix_tiles.h -- products of small matrices by a warp: on the GPU fragments in the registers of 32 lanes, multiplied
// by the tensor cores; in a test on the CPU plain arrays. Code written over these types runs on both.
//
// A is 16 x 16 and B 16 x 8, halves; Sum is 16 x 8, fp32. All functions are for a whole warp. Loads take eight halves,
// 16 bytes aligned to 16, at a time; where a row begins is asked once, and then only how many halves further to read.
#pragma once

#include <cuda_fp16.h>

#include <cstdint>

#include "host_device.h"
#ifdef __CUDACC__
#include "mma.cuh"
#endif

namespace chiffre::cuda {

inline constexpr int kLanes = 32;

// Where element (m, k) of an A stands in 256 halves that a warp loads in one piece.
CHIFFRE_HOST_DEVICE constexpr int packed_index(int m, int k) {
    const int lane = m % 8 * 4 + k % 8 / 2, in_lane = (m / 8 + k / 8 * 2) * 2 + k % 2;
    return lane * 8 + in_lane;
}
inline constexpr int kPackedTile = 256;

#ifdef __CUDA_ARCH__

struct MatrixA {
    std::uint32_t r[4];
};
struct MatrixB {
    std::uint32_t r[2];
};
struct Sum {
    float r[4];
};
// Where this lane reads: of 16 rows that it shares with the lane 16 further, or of 16 rows of A's transpose, or of 8.
struct Rows16 {
    const __half* mine;
};
struct RowsOfTranspose {
    const __half* mine;
};
struct Rows8 {
    const __half* mine;
};

// Asked anew each time, so that what follows from it is not kept in registers from phase to phase.
__device__ inline int lane_of_warp() {
    int lane;
    asm volatile("mov.u32 %0, %%laneid;" : "=r"(lane));
    return lane;
}

template <typename F>
__device__ inline Rows16 rows16(const F& row) {
    return {row(lane_of_warp() % 16)};
}
template <typename F>
__device__ inline RowsOfTranspose rows_of_transpose(const F& row) {
    const int lane = lane_of_warp();
    return {row(lane % 8 + lane / 16 * 8) + lane / 8 % 2 * 8};
}
template <typename F>
__device__ inline Rows8 rows8(const F& row) {
    const int lane = lane_of_warp();
    return {row(lane % 8) + lane / 8 * 8};
}

template <bool kTransposed>
__device__ inline void load_matrices(std::uint32_t& r0, std::uint32_t& r1, std::uint32_t& r2, std::uint32_t& r3,
                                     const __half* row) {
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
    if constexpr (kTransposed)
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                     : "=r"(r0), "=r"(r1), "=r"(r2), "=r"(r3)
                     : "r"(address)
                     : "memory");
    else
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                     : "=r"(r0), "=r"(r1), "=r"(r2), "=r"(r3)
                     : "r"(address)
                     : "memory");
}

// a(m, k) = row m's half k, k < 8 from `low` on, the others from `high` on.
__device__ inline void load(MatrixA& a, const Rows16& rows, int low, int high) {
    load_matrices<false>(a.r[0], a.r[1], a.r[2], a.r[3], rows.mine + (lane_of_warp() < 16 ? low : high));
}
// a(m, k) = row k's half m, from `first` on.
__device__ inline void load_transpose(MatrixA& a, const RowsOfTranspose& rows, int first) {
    load_matrices<true>(a.r[0], a.r[1], a.r[2], a.r[3], rows.mine + first);
}
// b(k, n) = row k's half n, from `first` and `second` on.
__device__ inline void load_pair(MatrixB& b0, MatrixB& b1, const Rows16& rows, int first, int second) {
    load_matrices<true>(b0.r[0], b0.r[1], b1.r[0], b1.r[1], rows.mine + (lane_of_warp() < 16 ? first : second));
}
// b0(k, n) = row n's half k, from `first` on; b1 the 16 halves after those.
__device__ inline void load_pair_by_column(MatrixB& b0, MatrixB& b1, const Rows8& rows, int first) {
    load_matrices<false>(b0.r[0], b0.r[1], b1.r[0], b1.r[1], rows.mine + first);
}
// Of kPackedTile halves in the order of packed_index(), in global memory.
__device__ inline void load_packed(MatrixA& a, const __half* tile) {
    const uint4 piece = reinterpret_cast<const uint4*>(tile)[lane_of_warp()];
    a.r[0] = piece.x;
    a.r[1] = piece.y;
    a.r[2] = piece.z;
    a.r[3] = piece.w;
}
__device__ inline void fill(MatrixB& b, float value) {
    const __half2 both = __float2half2_rn(value);
    b.r[0] = b.r[1] = reinterpret_cast<const std::uint32_t&>(both);
}

__device__ inline void multiply_add(Sum& sum, const MatrixA& a, const MatrixB& b) {
    mma_f16(sum.r, a.r[0], a.r[1], a.r[2], a.r[3], b.r[0], b.r[1]);
}

// f(row, column, value, value of column + 1), columns even.
template <typename F>
__device__ inline void each_pair(Sum& sum, const F& f) {
    const int g = lane_of_warp() / 4, column = lane_of_warp() % 4 * 2;
    f(g, column, sum.r[0], sum.r[1]);
    f(g + 8, column, sum.r[2], sum.r[3]);
}
// f(row, column, a's value, its neighbour, b's value, its neighbour).
template <typename F>
__device__ inline void each_pair(Sum& a, Sum& b, const F& f) {
    const int g = lane_of_warp() / 4, column = lane_of_warp() % 4 * 2;
    f(g, column, a.r[0], a.r[1], b.r[0], b.r[1]);
    f(g + 8, column, a.r[2], a.r[3], b.r[2], b.r[3]);
}

#else

struct MatrixA {
    __half of[16][16];
};
struct MatrixB {
    __half of[16][8];
};
struct Sum {
    float of[16][8];
};
struct Rows16 {
    const __half* row[16];
};
struct RowsOfTranspose {
    const __half* row[16];
};
struct Rows8 {
    const __half* row[8];
};

template <typename F>
Rows16 rows16(const F& row) {
    Rows16 rows;
    for (int i = 0; i < 16; ++i) rows.row[i] = row(i);
    return rows;
}
template <typename F>
RowsOfTranspose rows_of_transpose(const F& row) {
    RowsOfTranspose rows;
    for (int i = 0; i < 16; ++i) rows.row[i] = row(i);
    return rows;
}
template <typename F>
Rows8 rows8(const F& row) {
    Rows8 rows;
    for (int i = 0; i < 8; ++i) rows.row[i] = row(i);
    return rows;
}

inline void load(MatrixA& a, const Rows16& rows, int low, int high) {
    for (int m = 0; m < 16; ++m)
        for (int k = 0; k < 16; ++k) a.of[m][k] = rows.row[m][k < 8 ? low + k : high + k - 8];
}
inline void load_transpose(MatrixA& a, const RowsOfTranspose& rows, int first) {
    for (int m = 0; m < 16; ++m)
        for (int k = 0; k < 16; ++k) a.of[m][k] = rows.row[k][first + m];
}
inline void load_pair(MatrixB& b0, MatrixB& b1, const Rows16& rows, int first, int second) {
    for (int k = 0; k < 16; ++k)
        for (int n = 0; n < 8; ++n) {
            b0.of[k][n] = rows.row[k][first + n];
            b1.of[k][n] = rows.row[k][second + n];
        }
}
inline void load_pair_by_column(MatrixB& b0, MatrixB& b1, const Rows8& rows, int first) {
    for (int k = 0; k < 16; ++k)
        for (int n = 0; n < 8; ++n) {
            b0.of[k][n] = rows.row[n][first + k];
            b1.of[k][n] = rows.row[n][first + 16 + k];
        }
}
inline void load_packed(MatrixA& a, const __half* tile) {
    for (int m = 0; m < 16; ++m)
        for (int k = 0; k < 16; ++k) a.of[m][k] = tile[packed_index(m, k)];
}
inline void fill(MatrixB& b, float value) {
    for (auto& row : b.of)
        for (__half& element : row) element = __float2half(value);
}
inline void multiply_add(Sum& sum, const MatrixA& a, const MatrixB& b) {
    for (int m = 0; m < 16; ++m)
        for (int n = 0; n < 8; ++n)
            for (int k = 0; k < 16; ++k) sum.of[m][n] += __half2float(a.of[m][k]) * __half2float(b.of[k][n]);
}
template <typename F>
void each_pair(Sum& sum, const F& f) {
    for (int m = 0; m < 16; ++m)
        for (int n = 0; n < 8; n += 2) f(m, n, sum.of[m][n], sum.of[m][n + 1]);
}
template <typename F>
void each_pair(Sum& a, Sum& b, const F& f) {
    for (int m = 0; m < 16; ++m)
        for (int n = 0; n < 8; n += 2) f(m, n, a.of[m][n], a.of[m][n + 1], b.of[m][n], b.of[m][n + 1]);
}

#endif

}  // namespace chiffre::cuda
