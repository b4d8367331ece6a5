// matrix_loops.h -- what one instruction set offers for matrices: addition, and multiplication by blocks that fit the
// registers. Compiled once per instruction set, like the engine's kernels. All matrices are row-major.
#pragma once

#include <cstddef>

namespace chiffre::cpu {

struct MatrixLoops {
    const char* isa;
    int panel;  // columns of a panel: as many as the registers hold beside the other factor

    // c[i] = a[i] + b[i]
    void (*add)(float* c, const float* a, const float* b, std::size_t count);

    // Columns first_column, ... of b (p, n) as a panel: packed[k * panel + i] = b[k * n + first_column + i], 0 beyond
    // n.
    void (*pack)(float* packed, const float* b, int p, int n, int first_column);

    // The same columns of `rows` rows of c (rows, n) = a (rows, p) b. `packed` is aligned to 64 bytes.
    void (*multiply)(float* c, const float* a, const float* packed, int rows, int p, int n, int first_column);
};

namespace baseline {
extern const MatrixLoops kMatrixLoops;
}
#ifdef __x86_64__
namespace avx2 {
extern const MatrixLoops kMatrixLoops;
}
namespace avx512 {
extern const MatrixLoops kMatrixLoops;
}
#endif

}  // namespace chiffre::cpu
