// matrix_loops.cpp -- compiled once per instruction set, like the kernels, with the same flags.
//
// A block of c, kBlockRows x kPanel, stays in registers over all of k: per multiply-add then only 1/kVectors + 1/rows
// loads are needed (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 2008). The
// depth is cut so that a panel's part stays in the second-level cache.
#include "matrix_loops.h"

#include "cpu/lanes.h"

namespace chiffre::cpu::CHIFFRE_ISA {

static constexpr int kBlockRows = 4;
static constexpr int kVectors = kAccumulators / kBlockRows;
static constexpr int kPanel = kVectors * kLanes;
static constexpr int kDepth = 512;  // 512 x 96 x 4 bytes = 192 KiB with AVX-512

static int smaller(int a, int b) {
    return a < b ? a : b;
}

static Lanes load(const float* from) {
    Lanes lanes;
    __builtin_memcpy(&lanes, from, sizeof lanes);
    return lanes;
}

static void add(float* c, const float* a, const float* b, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) c[i] = a[i] + b[i];
}

static void pack(float* packed, const float* b, int p, int n, int first_column) {
    const int columns = smaller(kPanel, n - first_column);
    for (int k = 0; k < p; ++k) {
        const float* from = b + static_cast<std::size_t>(k) * n + first_column;
        float* to = packed + static_cast<std::size_t>(k) * kPanel;
        for (int i = 0; i < kPanel; ++i) to[i] = i < columns ? from[i] : 0.0f;
    }
}

// c (kRows, columns) (+)= a (kRows, depth) panel (depth, kPanel)
template <int kRows>
static void multiply_block(float* c, const float* a, const float* panel, int depth, int p, int n, int columns,
                           bool is_first) {
    Lanes sums[kRows][kVectors] = {};
    for (int k = 0; k < depth; ++k) {
        Lanes b[kVectors];
        for (int v = 0; v < kVectors; ++v) b[v] = load(panel + static_cast<std::size_t>(k) * kPanel + v * kLanes);
#pragma GCC unroll 4
        for (int row = 0; row < kRows; ++row) {
            const float factor = a[static_cast<std::size_t>(row) * p + k];
            for (int v = 0; v < kVectors; ++v) sums[row][v] += factor * b[v];
        }
    }
    for (int row = 0; row < kRows; ++row) {
        float found[kPanel];
        __builtin_memcpy(found, sums[row], sizeof found);
        float* to = c + static_cast<std::size_t>(row) * n;
        if (is_first)
            for (int i = 0; i < columns; ++i) to[i] = found[i];
        else
            for (int i = 0; i < columns; ++i) to[i] += found[i];
    }
}

static void multiply(float* c, const float* a, const float* packed, int rows, int p, int n, int first_column) {
    const int columns = smaller(kPanel, n - first_column);
    for (int first = 0; first < p; first += kDepth) {
        const int depth = smaller(kDepth, p - first);
        const float* panel = packed + static_cast<std::size_t>(first) * kPanel;
        int row = 0;
        for (; row + kBlockRows <= rows; row += kBlockRows)
            multiply_block<kBlockRows>(c + static_cast<std::size_t>(row) * n + first_column,
                                       a + static_cast<std::size_t>(row) * p + first, panel, depth, p, n, columns,
                                       first == 0);
        for (; row < rows; ++row)
            multiply_block<1>(c + static_cast<std::size_t>(row) * n + first_column,
                              a + static_cast<std::size_t>(row) * p + first, panel, depth, p, n, columns, first == 0);
    }
}

extern const MatrixLoops kMatrixLoops;
const MatrixLoops kMatrixLoops{kIsaName, kPanel, add, pack, multiply};

}  // namespace chiffre::cpu::CHIFFRE_ISA
