// mma.cuh -- the warp-wide instructions that the fp16 kernel is made of, with their fragment layouts, and what stands
// in for them on GPUs that lack them (compute capability 7.5: smaller matrix shapes, no asynchronous copies).
//
// In every shape lane = 4 * g + t, g = 0..7, t = 0..3. A lane holds rows g and g + 8 of A and D, column g of B, and
// columns 2t, 2t + 1 of D: d[0], d[1] in row g, d[2], d[3] in row g + 8. Source: PTX ISA, "Matrix fragments for
// mma.m16n8k16" and the like.
#pragma once

#include <cuda_fp16.h>

#include <cstdint>

namespace chiffre::cuda {

// d += A B, m16n8k16, factors fp16, sums fp32. a[0] row g, k 2t..2t+1; a[1] row g+8, same k; a[2], a[3] the same rows,
// k 2t+8..2t+9. b[0] k 2t..2t+1, b[1] k 2t+8..2t+9.
__device__ inline void mma_f16(float (&d)[4], std::uint32_t a0, std::uint32_t a1, std::uint32_t a2, std::uint32_t a3,
                               std::uint32_t b0, std::uint32_t b1) {
#if __CUDA_ARCH__ >= 800
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
#else
    const auto half_k = [&d](std::uint32_t row, std::uint32_t row_8, std::uint32_t b) {
        asm("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
            : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
            : "r"(row), "r"(row_8), "r"(b));
    };
    half_k(a0, a1, b0);
    half_k(a2, a3, b1);
#endif
}

#if __CUDA_ARCH__ < 800
// Rows 0 to 7 of the shapes below: d += A B, m8n8k16.
__device__ inline void mma_u8s8_8rows(int& d0, int& d1, std::uint32_t a, std::uint32_t b) {
    asm("mma.sync.aligned.m8n8k16.row.col.s32.u8.s8.s32 {%0,%1}, {%2}, {%3}, {%0,%1};"
        : "+r"(d0), "+r"(d1)
        : "r"(a), "r"(b));
}
#endif

// d = c + A B, m16n8k32, factors u8 and s8. Four bytes a register: a[0] row g, k 4t..4t+3; a[1] row g+8, same k; a[2],
// a[3] the same rows, k 4t+16..4t+19. b[0] k 4t..4t+3, b[1] k 4t+16..4t+19. Every element of c is `start`.
__device__ inline void mma_u8s8_k32(int (&d)[4], std::uint32_t a0, std::uint32_t a1, std::uint32_t a2, std::uint32_t a3,
                                    std::uint32_t b0, std::uint32_t b1, int start) {
#if __CUDA_ARCH__ >= 800
    asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%10,%10,%10,%10};"
        : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1), "r"(start));
#else
    for (int& sum : d) sum = start;
    mma_u8s8_8rows(d[0], d[1], a0, b0);
    mma_u8s8_8rows(d[2], d[3], a1, b0);
    mma_u8s8_8rows(d[0], d[1], a2, b1);
    mma_u8s8_8rows(d[2], d[3], a3, b1);
#endif
}

// d += A B, the same shape.
__device__ inline void mma_u8s8_k32(int (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
#if __CUDA_ARCH__ >= 800
    asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
    mma_u8s8_8rows(d[0], d[1], a[0], b0);
    mma_u8s8_8rows(d[2], d[3], a[1], b0);
    mma_u8s8_8rows(d[0], d[1], a[2], b1);
    mma_u8s8_8rows(d[2], d[3], a[3], b1);
#endif
}

// d += A B, m16n8k16, the first half of the above.
__device__ inline void mma_u8s8_k16(int (&d)[4], std::uint32_t a0, std::uint32_t a1, std::uint32_t b0) {
#if __CUDA_ARCH__ >= 800
    asm("mma.sync.aligned.m16n8k16.row.col.s32.u8.s8.s32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
        : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
        : "r"(a0), "r"(a1), "r"(b0));
#else
    mma_u8s8_8rows(d[0], d[1], a0, b0);
    mma_u8s8_8rows(d[2], d[3], a1, b0);
#endif
}

// A whole A fragment from shared memory: lane l gives the address of the 16 bytes of row l % 16 that lie at l / 16 of
// the fragment's two halves of K.
__device__ inline void load_matrix(std::uint32_t (&a)[4], const void* row) {
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3])
                 : "r"(address)
                 : "memory");
}

// The special function unit's tanh: relative error up to 2^-11.
__device__ inline float tanh_approx(float x) {
    float y;
    asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

// The special function unit's 2^x and 1 / x: relative errors of 2^-22 and 2^-23; 2^x of less than -126 is 0.
__device__ inline float exp2_approx(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}
__device__ inline float reciprocal_approx(float x) {
    float y;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

// 16 bytes from global (or mapped host) to shared memory, without passing through registers.
__device__ inline void copy_async(void* shared, const void* global) {
#if __CUDA_ARCH__ >= 800
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(address), "l"(global) : "memory");
#else
    *static_cast<uint4*>(shared) = *static_cast<const uint4*>(global);
#endif
}
__device__ inline void copies_commit() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}
// Waits for this thread's copies but those of the last kPending groups; others see them after a barrier.
template <int kPending>
__device__ inline void copies_wait() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
#endif
}

}  // namespace chiffre::cuda
